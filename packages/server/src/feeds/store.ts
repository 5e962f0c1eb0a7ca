import type { EventId, UserId } from "@jarvis/contract";
import type { Insertable, Selectable } from "kysely";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";
import type { FeedTable } from "../db/schema.ts";
import { deleteSnapshotsOf } from "./snapshots-store.ts";

export type FeedRow = Selectable<FeedTable>;

const byHash = prepared((db, p: { hash: Uint8Array }) =>
  db.selectFrom("feed").selectAll().where("hash", "=", p.hash),
);

export function findFeedByHash(sql: Sql, hash: Uint8Array): Promise<FeedRow | undefined> {
  return byHash.first(sql, { hash });
}

export function listFeeds(sql: Sql, user: UserId): Promise<FeedRow[]> {
  return sql.selectFrom("feed").selectAll().where("user_id", "=", user).orderBy("kind").execute();
}

export async function insertFeed(sql: Sql, row: Insertable<FeedTable>): Promise<void> {
  await sql.insertInto("feed").values(row).execute();
}

/** All that open this person's calendar, or only those of one id; whether there were any. What clients were told goes along. */
export async function deleteFeeds(sql: Sql, user: UserId, id?: string): Promise<boolean> {
  const { numDeletedRows } = await sql
    .deleteFrom("feed")
    .where("user_id", "=", user)
    .$if(id !== undefined, (query) => query.where("id", "=", id ?? ""))
    .executeTakeFirst();
  if (numDeletedRows === 0n) return false;
  await deleteSnapshotsOf(sql, user);
  return true;
}

export async function updateFeedUse(sql: Sql, hash: Uint8Array, used_ms: number): Promise<void> {
  await sql.updateTable("feed").set({ used_ms }).where("hash", "=", hash).execute();
}

export async function updateFeedRevision(
  sql: Sql,
  hash: Uint8Array,
  { etag, changed_ms }: { etag: string; changed_ms: number },
): Promise<void> {
  await sql.updateTable("feed").set({ etag, changed_ms }).where("hash", "=", hash).execute();
}

interface Range {
  user: UserId;
  fromMs: number;
  toMs: number;
}

/** The events that somebody reads and has not declined, as their lists have them. */
function ownEvents(db: Sql, user: UserId) {
  return db
    .selectFrom("participant as p")
    .innerJoin("event as e", "e.id", "p.event_id")
    .where("p.user_id", "=", user)
    .where("p.state", "=", "in")
    .where("p.delivered", "=", 1)
    .where("p.rsvp", "!=", "declined");
}

const keys = prepared((db, p: Range) =>
  ownEvents(db, p.user)
    .select(["e.id", "e.version", "e.updated_ms", "p.rsvp", "p.answers", "p.answered_ms"])
    .where("e.start_ms", "<", p.toMs)
    .where((eb) => eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), ">", p.fromMs))
    .orderBy("e.start_ms")
    .orderBy("e.id"),
);

/** What somebody's calendar has, by what changes whenever something does that it shows. */
export function listKeys(sql: Sql, user: UserId, { fromMs, toMs }: Omit<Range, "user">) {
  return keys.all(sql, { user, fromMs, toMs });
}

const entries = prepared(
  (db, p: { user: UserId; events: readonly EventId[] }) =>
    ownEvents(db, p.user)
      .select(["e.id", "e.name", "e.description", "e.start_ms", "e.duration_ms"])
      .select(["e.start_date", "e.end_date"])
      .select(["e.place_name", "e.place_address", "e.place_latitude", "e.place_longitude"])
      .select(["e.cancelled", "e.version", "e.created_ms", "e.updated_ms"])
      .select(["p.rsvp", "p.answers", "p.answered_ms"])
      .where(inList("e.id", p.events))
      .where("e.start_ms", "is not", null)
      .orderBy("e.start_ms")
      .orderBy("e.id")
      .$narrowType<{ start_ms: number }>(), // asked for above
);

/** Those of these events that have a time, by start. */
export function listEntries(sql: Sql, user: UserId, events: readonly EventId[]) {
  return entries.all(sql, { user, events });
}

const taken = prepared(
  (db, p: Range) =>
    db
      .selectFrom("participant as p")
      .innerJoin("event as e", "e.id", "p.event_id")
      .select(["e.start_ms", "e.duration_ms"])
      .where("p.user_id", "=", p.user)
      .where("p.state", "=", "in")
      .where("p.rsvp", "=", "accepted")
      .where("e.cancelled", "=", 0)
      .where("e.start_ms", "<", p.toMs)
      .where((eb) => eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), ">", p.fromMs))
      .$narrowType<{ start_ms: number }>(), // compared above
);

/** When somebody is busy with what they have accepted. */
export function listTaken(sql: Sql, user: UserId, { fromMs, toMs }: Omit<Range, "user">) {
  return taken.all(sql, { user, fromMs, toMs });
}
