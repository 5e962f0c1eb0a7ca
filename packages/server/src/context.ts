import { join, resolve } from "node:path";
import { type EventId, limits, type UserId } from "@jarvis/contract";
import type { Bus } from "./bus/bus.ts";
import { inProcessBus } from "./bus/in-process.ts";
import { RedisBus } from "./bus/redis-bus.ts";
import { type Config, googleClient } from "./config.ts";
import { type Database, openDatabase } from "./db/database.ts";
import { fenced, Leases } from "./db/leases.ts";
import { migrate } from "./db/migrate.ts";
import { localFolder } from "./db/local-files.ts";
import { Backlog } from "./lib/backlog.ts";
import { Calendars } from "./lib/calendar/calendars.ts";
import { BlobDeletions } from "./lib/blob-deletions.ts";
import type { Blobs } from "./lib/blobs.ts";
import { ConnectionCounts } from "./lib/connection-counts.ts";
import { type Clock, systemClock } from "./lib/clock.ts";
import { type CodeFlow, createCodeFlow } from "./lib/code-flow.ts";
import { directoryBlobs } from "./lib/directory-blobs.ts";
import { type GoogleEndpoints, googleEndpoints } from "./lib/google-calendar/endpoints.ts";
import { createGoogleOAuth, type GoogleOAuth } from "./lib/google-calendar/oauth.ts";
import { FairQueue } from "./lib/fair-queue.ts";
import { FollowedClock } from "./lib/followed-clock.ts";
import { GuardedFetch } from "./lib/guarded-fetch.ts";
import { Images } from "./lib/images.ts";
import { s3Blobs } from "./lib/s3-blobs.ts";
import { createIdTokens, type IdTokens } from "./lib/id-tokens.ts";
import { type Random, secureRandom } from "./lib/ids.ts";
import { createLog, type Log } from "./lib/log.ts";
import { type Network, systemNetwork } from "./lib/network.ts";
import { OnlinePeople } from "./lib/online-people.ts";
import { createPasswords, type Passwords } from "./lib/passwords.ts";
import { createRates, type Rates } from "./lib/rates.ts";
import { Routing } from "./lib/routing/routing.ts";
import { SharedTurns } from "./lib/shared-turns.ts";
import { Slots } from "./lib/slots.ts";
import { Tracks } from "./lib/tracks.ts";
import { WorkFolder } from "./lib/work-folder.ts";

/** What photos are kept and made with. Nothing of it does anything before the first photo. */
export interface PhotoFiles {
  readonly blobs: Blobs;
  readonly deletions: BlobDeletions;
  readonly images: Images;
  /** Of uploads under way. */
  readonly slots: Slots;
  readonly work: WorkFolder;
}

/** Calendars at Google. */
export interface Google {
  readonly endpoints: GoogleEndpoints;
  /** Null where Google does not know this server as its client. */
  readonly oauth: GoogleOAuth | null;
}

/** What bounds the work for calendars of elsewhere. */
export interface CalendarWork {
  /** Gets what is behind addresses that people give. */
  readonly fetch: GuardedFetch;
  /** Whose calendar is read next. */
  readonly turns: FairQueue;
  /** Of calendars that somebody waits for: each may hold a mebibyte. */
  readonly slots: Slots;
}

/** What every use case is given. There is one for each running server. */
export interface Context {
  readonly config: Config;
  /** Origin that links carry, without a trailing slash. */
  readonly publicUrl: string;
  readonly db: Database;
  readonly clock: Clock;
  /** What `clock` is where several servers share a store. */
  readonly storeClock: FollowedClock | null;
  /** What of several servers one does. */
  readonly leases: Leases;
  readonly random: Random;
  readonly bus: Bus;
  readonly log: Log;
  readonly idTokens: IdTokens;
  /** Signs browsers in with the issuers that know this server as their client. */
  readonly codeFlow: CodeFlow;
  readonly passwords: Passwords;
  readonly rates: Rates;
  readonly photos: PhotoFiles;
  /** Reads calendars and expands recurrence rules. */
  readonly calendars: Calendars;
  readonly google: Google;
  readonly calendarWork: CalendarWork;
  /** Says how long ways are; null where no router is set up. */
  readonly routing: Routing | null;
  /** Connections that people hold open on this server. */
  readonly connections: ConnectionCounts;
  /** People whom realtime holds connected. */
  readonly online: OnlinePeople<UserId>;
  /** Where people are, and where those who share have been lately. */
  readonly tracks: Tracks<UserId, EventId | "">;
  /** What has been written and not been delivered yet. */
  readonly backlog: Backlog;
  /** Of long computations one goes on in each turn of the event loop. */
  readonly turns: SharedTurns;
}

export type ContextOverrides = Partial<
  Pick<Context, "clock" | "random" | "log" | "publicUrl" | "passwords" | "bus">
> & {
  /** A store that is open already. */
  db?: Database;
  blobs?: Blobs;
  /** Each unit of work runs twice, as another server's writes may have it; the first run is undone. */
  rehearse?: boolean;
  /** Where Google is. */
  google?: GoogleEndpoints;
  /** How calendars of elsewhere are found and reached. */
  network?: Network;
};

/** Opens the store, brings it to this version, and puts the parts together. */
export async function createContext(config: Config, overrides: ContextOverrides = {}): Promise<Context> {
  const log = overrides.log ?? createLog(config.logLevel);
  const db =
    overrides.db ??
    (await openDatabase(config.databaseUrl, {
      log,
      commit: config.commit,
      rehearse: overrides.rehearse ?? false,
      postgres: { connections: config.databaseConnections },
    }));
  const migrated = await migrate(db);
  if (migrated.applied.length > 0) log.info({ applied: migrated.applied }, "store migrated");
  const storeClock =
    db.isShared && !overrides.clock ? new FollowedClock(systemClock, () => db.now(), log) : null;
  await storeClock?.follow();
  const clock = overrides.clock ?? storeClock ?? systemClock;
  const random = overrides.random ?? secureRandom(clock);
  const bus = overrides.bus ?? openBus(config, log, random);
  return {
    config,
    publicUrl: overrides.publicUrl ?? config.publicUrl ?? `http://localhost:${config.port}`,
    db: fenced(db),
    clock,
    storeClock,
    leases: new Leases({ db, clock, log, holder: random.id() }),
    random,
    bus,
    log,
    idTokens: createIdTokens(config.issuers, { clock, log }),
    codeFlow: createCodeFlow(config.issuers, { clock, log }),
    passwords: overrides.passwords ?? createPasswords(),
    rates: createRates(config.rateLimits, bus.values),
    photos: photoFiles(overrides.blobs ?? openBlobs(config, clock), { clock, log }),
    calendars: new Calendars(clock),
    google: googleOf(config, overrides.google ?? googleEndpoints, clock),
    calendarWork: calendarWork(config, clock, overrides.network),
    routing: config.routing && new Routing(config.routing, { clock, log }),
    connections: new ConnectionCounts(limits.connectionsPerUser),
    online: new OnlinePeople(),
    tracks: new Tracks(),
    backlog: new Backlog(),
    turns: new SharedTurns(),
  };
}

function openBus({ bus }: Config, log: Log, random: Random): Bus {
  return bus === null ? inProcessBus(log) : new RedisBus(bus, { log, random });
}

function googleOf(config: Config, endpoints: GoogleEndpoints, clock: Clock): Google {
  const client = googleClient(config);
  return { endpoints, oauth: client && createGoogleOAuth(client, endpoints, clock) };
}

/** Each has 10 MiB on the disk at most, and may have to wait for the two that are decoded. */
const uploadsAtOnce = 32;
const uploadsOfOne = 4;

function photoFiles(blobs: Blobs, { clock, log }: Pick<Context, "clock" | "log">): PhotoFiles {
  return {
    blobs,
    deletions: new BlobDeletions(blobs, log),
    images: new Images(clock),
    slots: new Slots(uploadsAtOnce, uploadsOfOne, clock),
    work: new WorkFolder(blobs.workFolder),
  };
}

function calendarWork(
  { calendarHosts: allowed }: Config,
  clock: Clock,
  network: Network = systemNetwork,
): CalendarWork {
  const bounds = { accept: "text/calendar, */*;q=0.1", maxBytes: limits.calendarBytes };
  return {
    fetch: new GuardedFetch({ allowed, ...bounds, network }),
    turns: new FairQueue({ atOnce: 2, waitingOfOne: limits.calendars, waiting: 256 }),
    slots: new Slots(32, 2, clock),
  };
}

/** Where photos are; what is there is not looked at. */
export function openBlobs({ photos, databaseUrl }: Config, clock: Clock): Blobs {
  const beside = join(localFolder(databaseUrl), "photos");
  if (photos.kind === "folder") return directoryBlobs(photos.path === "" ? beside : resolve(photos.path));
  return s3Blobs(photos, join(beside, ".work"), clock);
}
