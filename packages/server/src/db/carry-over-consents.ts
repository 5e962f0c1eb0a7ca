import type { CalendarId } from "@jarvis/contract";
import type { AvailabilityTable } from "./schema-schedule.ts";
import type { FriendShareTable } from "./schema-shares.ts";
import type { GoogleRevocationTable } from "./schema-calendars.ts";
import type { StartPointTable } from "./schema-meeting.ts";
import type { Sql } from "./session.ts";

/**
 * What people have allowed and connected, as it stands. A restored backup must not bring back what was taken back since.
 * Null where the store is of a version that does not know such a thing.
 */
export interface StandingConsents {
  readonly calendars: ReadonlySet<string> | null;
  readonly availability: ReadonlyMap<string, AvailabilityTable> | null;
  readonly starts: ReadonlyMap<string, StartPointTable> | null;
  /** Who shares their position in which event, and how it stands. */
  readonly sharing: ReadonlySet<string>;
  /** Who shares it with whom. */
  readonly audiences: ReadonlySet<string>;
  /** What people show their friends beside events, and how it stands. */
  readonly shares: ReadonlyMap<string, FriendShareTable> | null;
  /** Access that has been given back here, and of which Google has not been told yet. */
  readonly revocations: readonly GoogleRevocationTable[];
  /** Access to calendars at Google as it stands. */
  readonly grants: readonly { calendar_id: CalendarId; refresh_token: string }[];
}

type All = <R>(text: string) => R[];

export function readConsents(all: All, tables: ReadonlySet<string>): StandingConsents {
  const consents = tables.has("availability") ? all<AvailabilityTable>("select * from availability") : null;
  const sharing = all<{ event_id: string; user_id: string; state: string }>("select * from sharing");
  const audiences = all<{ event_id: string; sharer_id: string; viewer_id: string }>(
    "select * from share_audience",
  );
  return {
    calendars: tables.has("calendar")
      ? new Set(all<{ id: string }>("select id from calendar").map(({ id }) => id))
      : null,
    availability: consents && new Map(consents.map((row) => [`${row.event_id} ${row.user_id}`, row])),
    starts: tables.has("start_point")
      ? new Map(
          all<StartPointTable>("select * from start_point").map((row) => [
            `${row.event_id} ${row.user_id}`,
            row,
          ]),
        )
      : null,
    sharing: new Set(sharing.map(({ event_id, user_id, state }) => `${event_id} ${user_id} ${state}`)),
    audiences: new Set(audiences.map((row) => `${row.event_id} ${row.sharer_id} ${row.viewer_id}`)),
    shares: tables.has("friend_share")
      ? new Map(
          all<FriendShareTable>("select * from friend_share").map((row) => [
            `${row.user_id} ${row.friend_id}`,
            row,
          ]),
        )
      : null,
    revocations: tables.has("google_revocation") ? all("select * from google_revocation") : [],
    grants: tables.has("google_calendar")
      ? all("select calendar_id, refresh_token from google_calendar")
      : [],
  };
}

/** Ends in the restored store what stands no more. A store without its people knows nothing of what is theirs. */
export async function endConsents(
  db: Sql,
  standing: StandingConsents,
  users: ReadonlySet<string>,
  now: number,
): Promise<void> {
  for (const row of standing.revocations) {
    await db
      .insertInto("google_revocation")
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  await endCalendars(db, standing, users, now);
  await renewGrants(db, standing);
  await endAvailability(db, standing, users);
  await endStarts(db, standing, users);
  await endSharing(db, standing, users);
  await endShares(db, standing, users);
}

async function endShares(db: Sql, { shares }: StandingConsents, users: ReadonlySet<string>) {
  if (shares === null) return;
  for (const { user_id, friend_id } of await db.selectFrom("friend_share").selectAll().execute()) {
    if (!users.has(user_id)) continue;
    const now = shares.get(`${user_id} ${friend_id}`);
    const pair = { user_id, friend_id };
    await db
      .deleteFrom("friend_share")
      .where((eb) => eb.and(pair))
      .execute();
    // Another end or precision was agreed to since.
    if (now !== undefined) await db.insertInto("friend_share").values(now).execute();
  }
}

/** The address was given up with the calendar; access to Google's is given back, in case it has not been. */
async function endCalendars(
  db: Sql,
  { calendars }: StandingConsents,
  users: ReadonlySet<string>,
  now: number,
): Promise<void> {
  if (calendars === null) return;
  for (const { id, user_id } of await db.selectFrom("calendar").select(["id", "user_id"]).execute()) {
    if (!users.has(user_id) || calendars.has(id)) continue;
    await db.deleteFrom("calendar").where("id", "=", id).execute();
    const given = await db
      .deleteFrom("google_calendar")
      .where("calendar_id", "=", id)
      .returningAll()
      .execute();
    for (const { account, refresh_token } of given) {
      const due = { failures: 0, next_ms: now, created_ms: now };
      await db
        .insertInto("google_revocation")
        .values({ id, account, refresh_token, ...due })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    }
  }
}

/** Consent that was given anew since has another token: the one of the backup may be dead. */
async function renewGrants(db: Sql, { grants }: StandingConsents): Promise<void> {
  for (const { calendar_id, refresh_token } of grants) {
    await db
      .updateTable("google_calendar")
      .set({ refresh_token })
      .where("calendar_id", "=", calendar_id)
      .execute();
  }
}

async function endAvailability(db: Sql, { availability }: StandingConsents, users: ReadonlySet<string>) {
  if (availability === null) return;
  for (const { event_id, user_id } of await db.selectFrom("availability").selectAll().execute()) {
    if (!users.has(user_id)) continue;
    const now = availability.get(`${event_id} ${user_id}`);
    const own = { event_id, user_id };
    await db
      .deleteFrom("availability")
      .where((eb) => eb.and(own))
      .execute();
    // Another range was agreed to since.
    if (now !== undefined) await db.insertInto("availability").values(now).execute();
  }
}

async function endStarts(db: Sql, { starts }: StandingConsents, users: ReadonlySet<string>) {
  if (starts === null) return;
  for (const { event_id, user_id } of await db.selectFrom("start_point").selectAll().execute()) {
    if (!users.has(user_id)) continue;
    const now = starts.get(`${event_id} ${user_id}`);
    const own = { event_id, user_id };
    await db
      .deleteFrom("start_point")
      .where((eb) => eb.and(own))
      .execute();
    if (now !== undefined) await db.insertInto("start_point").values(now).execute();
  }
}

async function endSharing(db: Sql, { sharing, audiences }: StandingConsents, users: ReadonlySet<string>) {
  for (const { event_id, user_id, state } of await db.selectFrom("sharing").selectAll().execute()) {
    if (!users.has(user_id) || sharing.has(`${event_id} ${user_id} ${state}`)) continue;
    const own = { event_id, user_id };
    await db
      .updateTable("sharing")
      .set({ state: "off" })
      .where((eb) => eb.and(own))
      .execute();
    await db
      .deleteFrom("fix")
      .where((eb) => eb.and(own))
      .execute();
  }
  for (const row of await db.selectFrom("share_audience").selectAll().execute()) {
    const { event_id, sharer_id, viewer_id } = row;
    if (!users.has(sharer_id) || audiences.has(`${event_id} ${sharer_id} ${viewer_id}`)) continue;
    const pair = { event_id, sharer_id, viewer_id };
    await db
      .deleteFrom("share_audience")
      .where((eb) => eb.and(pair))
      .execute();
  }
}
