import type { Kysely } from "kysely";
import { up as initial } from "./0001-initial.ts";
import { up as browserSignIn } from "./0002-browser-sign-in.ts";
import { up as lifecycle } from "./0003-lifecycle.ts";
import { up as temporaryPasswords } from "./0004-temporary-passwords.ts";
import { up as chatMarks } from "./0005-chat-marks.ts";
import { up as search } from "./0006-search.ts";
import { up as photos } from "./0007-photos.ts";
import { up as lastSeen } from "./0008-last-seen.ts";
import { up as series } from "./0009-series.ts";
import { up as polls } from "./0010-polls.ts";
import { up as availability } from "./0011-availability.ts";
import { up as calendars } from "./0012-calendars.ts";
import { up as feeds } from "./0013-feeds.ts";
import { up as google } from "./0014-google.ts";
import { up as dav } from "./0015-dav.ts";
import { up as devices } from "./0016-devices.ts";
import { up as shares } from "./0017-shares.ts";
import { up as travel } from "./0018-travel.ts";
import { up as starts } from "./0019-starts.ts";
import { up as looks } from "./0020-looks.ts";
import { postgres as leasesInPostgres, up as leases } from "./0021-leases.ts";
import { baseline } from "./postgres/baseline.ts";

/** A step from one version of the store to the next; what has been released is never edited. */
export interface Migration {
  readonly name: string;
  readonly up: (db: Kysely<unknown>) => Promise<void>;
  /** The same for PostgreSQL, where its text is another one. */
  readonly postgres?: (db: Kysely<unknown>) => Promise<void>;
  /** For PostgreSQL: makes what all migrations up to this one came to, in an empty store. */
  readonly baseline?: (db: Kysely<unknown>) => Promise<void>;
}

export const migrations: readonly Migration[] = [
  { name: "0001-initial", up: initial },
  { name: "0002-browser-sign-in", up: browserSignIn },
  { name: "0003-lifecycle", up: lifecycle },
  { name: "0004-temporary-passwords", up: temporaryPasswords },
  { name: "0005-chat-marks", up: chatMarks },
  { name: "0006-search", up: search },
  { name: "0007-photos", up: photos },
  { name: "0008-last-seen", up: lastSeen },
  { name: "0009-series", up: series },
  { name: "0010-polls", up: polls },
  { name: "0011-availability", up: availability },
  { name: "0012-calendars", up: calendars },
  { name: "0013-feeds", up: feeds },
  { name: "0014-google", up: google },
  { name: "0015-dav", up: dav },
  { name: "0016-devices", up: devices },
  { name: "0017-shares", up: shares },
  { name: "0018-travel", up: travel },
  { name: "0019-starts", up: starts, baseline },
  { name: "0020-looks", up: looks },
  { name: "0021-leases", up: leases, postgres: leasesInPostgres },
];
