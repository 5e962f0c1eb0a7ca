import { Database as SqliteFile } from "bun:sqlite";
import type { CalendarId, UserId } from "@jarvis/contract";
import { sql } from "kysely";
import { systemClock } from "../lib/clock.ts";
import type { GoogleRevocationTable } from "./schema-calendars.ts";
import type { Sql } from "./session.ts";

/** What a restored backup must not undo: who was erased since, and what was refused, revoked or taken back. */
export interface CarryOver {
  readonly tombstones: { user_id: UserId; erased_ms: number }[];
  readonly revoked: { hash: Uint8Array; expires_ms: number }[];
  readonly tokensFrom: { id: UserId; id_tokens_from_ms: number }[];
  /** The sessions that stand, in hexadecimal, and whose they may be. */
  readonly sessions: ReadonlySet<string>;
  /** The secrets of calendars that stand, by their hashes in hexadecimal. */
  readonly feeds: ReadonlySet<string>;
  /** The connected calendars, and consents to use somebody's free/busy (event and person), that stand. */
  readonly calendars: ReadonlySet<string>;
  readonly consents: ReadonlySet<string>;
  /** Access to calendars at Google as it is now, and what is still to be given back there. */
  readonly grants: { calendar_id: CalendarId; refresh_token: string }[];
  readonly revocations: GoogleRevocationTable[];
  readonly users: ReadonlySet<string>;
}

/** Reads it from the store that is to be replaced, of whatever version, and brings that file to rest. */
export function readCarryOver(path: string): CarryOver {
  using file = new SqliteFile(path, { readwrite: true });
  const all = <R>(text: string): R[] => file.query<R, []>(text).all();
  const tables = new Set(all<{ name: string }>("select name from sqlite_schema").map(({ name }) => name));
  const hashes = (table: string, column: string) =>
    new Set(all<{ hash: string }>(`select hex(${column}) as hash from ${table}`).map(({ hash }) => hash));
  const keys = (table: string, key: string) =>
    new Set(all<{ key: string }>(`select ${key} as key from ${table}`).map(({ key }) => key));
  const carried: CarryOver = {
    tombstones: tables.has("tombstone") ? all("select user_id, erased_ms from tombstone") : [],
    revoked: all("select hash, expires_ms from revoked_id_token"),
    tokensFrom: all(`select id, id_tokens_from_ms from "user" where id_tokens_from_ms > 0`),
    sessions: hashes("session", "token_hash"),
    feeds: tables.has("feed") ? hashes("feed", "hash") : new Set(),
    calendars: tables.has("calendar") ? keys("calendar", "id") : new Set(),
    consents: tables.has("availability") ? keys("availability", "event_id || ' ' || user_id") : new Set(),
    grants: tables.has("google_calendar")
      ? all("select calendar_id, refresh_token from google_calendar")
      : [],
    revocations: tables.has("google_revocation") ? all("select * from google_revocation") : [],
    users: keys(`"user"`, "id"),
  };
  all("PRAGMA wal_checkpoint(TRUNCATE)");
  return carried;
}

/** Writes it into the restored store. */
export async function applyCarryOver(db: Sql, carried: CarryOver, now = systemClock.now()): Promise<void> {
  for (const tombstone of carried.tombstones) {
    await db
      .insertInto("tombstone")
      .values(tombstone)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  for (const row of carried.revoked) {
    await db
      .insertInto("revoked_id_token")
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  for (const { id, id_tokens_from_ms } of carried.tokensFrom) {
    await db
      .updateTable("user")
      .set({ id_tokens_from_ms })
      .where("id", "=", id)
      .where("id_tokens_from_ms", "<", id_tokens_from_ms)
      .execute();
  }
  await endEndedSessions(db, carried);
  await endEndedFeeds(db, carried);
  await endEndedConsents(db, carried);
  await endEndedCalendars(db, carried, now);
  await renewGrants(db, carried);
}

/** A session of the backup that does not stand any more was signed out since. A store without its people knows nothing of it. */
async function endEndedSessions(db: Sql, { sessions, users }: CarryOver): Promise<void> {
  const { rows } = await sql<{ hash: string; user: string }>`
    select hex(token_hash) as hash, user_id as user from session`.execute(db);
  for (const { hash, user } of rows) {
    if (!users.has(user) || sessions.has(hash)) continue;
    await db.deleteFrom("session").where("token_hash", "=", Uint8Array.fromHex(hash)).execute();
  }
}

/** The same for what opens calendars: an address that was given up stays given up. */
async function endEndedFeeds(db: Sql, { feeds, users }: CarryOver): Promise<void> {
  for (const { hash, user_id: user } of await db.selectFrom("feed").select(["hash", "user_id"]).execute()) {
    if (!users.has(user) || feeds.has(hash.toHex().toUpperCase())) continue;
    await db.deleteFrom("feed").where("hash", "=", hash).execute();
    await db.deleteFrom("feed_snapshot").where("user_id", "=", user).execute();
  }
}

/** Whoever no longer lets others see when they are free does not do so again. */
async function endEndedConsents(db: Sql, { consents, users }: CarryOver): Promise<void> {
  for (const { event_id, user_id } of await db
    .selectFrom("availability")
    .select(["event_id", "user_id"])
    .execute()) {
    if (!users.has(user_id) || consents.has(`${event_id} ${user_id}`)) continue;
    await db
      .deleteFrom("availability")
      .where("event_id", "=", event_id)
      .where("user_id", "=", user_id)
      .execute();
  }
}

/** A calendar that was removed stays so, with all its times; access to Google's is given back, in case it has not been. */
async function endEndedCalendars(
  db: Sql,
  { calendars, users, revocations }: CarryOver,
  now: number,
): Promise<void> {
  for (const row of revocations) {
    await db
      .insertInto("google_revocation")
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  for (const { id, user_id } of await db.selectFrom("calendar").select(["id", "user_id"]).execute()) {
    if (!users.has(user_id) || calendars.has(id)) continue;
    await db.deleteFrom("calendar").where("id", "=", id).execute();
    const ended = await db
      .deleteFrom("google_calendar")
      .where("calendar_id", "=", id)
      .returningAll()
      .execute();
    for (const { account, refresh_token } of ended) {
      const due = { failures: 0, next_ms: now, created_ms: now };
      await db
        .insertInto("google_revocation")
        .values({ id, account, refresh_token, ...due })
        .execute();
    }
  }
}

/** Consent that was given anew since has another token: the one of the backup may be dead. */
async function renewGrants(db: Sql, { grants }: CarryOver): Promise<void> {
  for (const { calendar_id, refresh_token } of grants) {
    await db
      .updateTable("google_calendar")
      .set({ refresh_token })
      .where("calendar_id", "=", calendar_id)
      .execute();
  }
}
