import { Database as SqliteFile } from "bun:sqlite";
import type { UserId } from "@jarvis/contract";
import { sql } from "kysely";
import { endConsents, readConsents, type StandingConsents } from "./carry-over-consents.ts";
import { systemClock } from "../lib/clock.ts";
import type { Sql } from "./session.ts";

/** What a restored backup must not undo: who was erased since, and which tokens have been refused. */
export interface CarryOver {
  readonly tombstones: { user_id: UserId; erased_ms: number }[];
  readonly revoked: { hash: Uint8Array; expires_ms: number }[];
  readonly tokensFrom: { id: UserId; id_tokens_from_ms: number }[];
  /** The sessions that stand, in hexadecimal, and whose they may be. */
  readonly sessions: ReadonlySet<string>;
  /** The secrets of calendars that stand, by their hashes in hexadecimal. */
  readonly feeds: ReadonlySet<string>;
  /** The tokens of devices that stand, likewise. */
  readonly devices: ReadonlySet<string>;
  readonly consents: StandingConsents;
  readonly users: ReadonlySet<string>;
}

/** Reads it from the store that is to be replaced, of whatever version, and brings that file to rest. */
export function readCarryOver(path: string): CarryOver {
  using file = new SqliteFile(path, { readwrite: true });
  const all = <R>(text: string): R[] => file.query<R, []>(text).all();
  const tables = new Set(all<{ name: string }>("select name from sqlite_schema").map(({ name }) => name));
  const hashes = (table: string, column: string) =>
    new Set(all<{ hash: string }>(`select hex(${column}) as hash from ${table}`).map(({ hash }) => hash));
  const carried: CarryOver = {
    tombstones: tables.has("tombstone") ? all("select user_id, erased_ms from tombstone") : [],
    revoked: all("select hash, expires_ms from revoked_id_token"),
    tokensFrom: all(`select id, id_tokens_from_ms from "user" where id_tokens_from_ms > 0`),
    sessions: hashes("session", "token_hash"),
    feeds: tables.has("feed") ? hashes("feed", "hash") : new Set(),
    devices: tables.has("device") ? hashes("device", "hash") : new Set(),
    consents: readConsents(all, tables),
    users: new Set(all<{ id: string }>(`select id from "user"`).map(({ id }) => id)),
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
  await endEndedDevices(db, carried);
  await endConsents(db, carried.consents, carried.users, now);
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

/** The same for phones that report positions: a device that was removed stays removed. */
async function endEndedDevices(db: Sql, { devices, users }: CarryOver): Promise<void> {
  const rows = await db.selectFrom("device").select(["hash", "id", "user_id"]).execute();
  for (const { hash, id, user_id: user } of rows) {
    if (!users.has(user) || devices.has(hash.toHex().toUpperCase())) continue;
    await db.deleteFrom("device").where("hash", "=", hash).execute();
    await db.deleteFrom("device_tid").where("device_id", "=", id).execute();
  }
}
