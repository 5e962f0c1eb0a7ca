import type { EventId, UserId } from "@jarvis/contract";
import type { Insertable, Selectable } from "kysely";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";
import type { FeedTable } from "../db/schema-feeds.ts";
import type { SeriesPartTable } from "../db/schema-series.ts";
import { deleteSnapshotsOf } from "./snapshots-store.ts";

export type FeedRow = Selectable<FeedTable>;
export type PartRow = SeriesPartTable;

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

/** The plain events and series that somebody reads and has not declined, as their lists have them. */
function ownGroups(db: Sql, user: UserId) {
  return db
    .selectFrom("participant as p")
    .innerJoin("event as g", "g.id", "p.event_id")
    .where("p.user_id", "=", user)
    .where("p.state", "=", "in")
    .where("p.delivered", "=", 1)
    .where("p.rsvp", "!=", "declined");
}

const keys = prepared((db, p: Range) =>
  ownGroups(db, p.user)
    .innerJoin("event as e", "e.group_id", "p.event_id")
    .select(["g.id", "g.version", "g.updated_ms", "g.kind", "p.rsvp", "p.answers", "p.answered_ms"])
    .select((eb) => [
      eb.fn.countAll<number>().as("count"),
      eb.fn.sum<number>("e.version").as("versions"),
      eb.fn.max("e.updated_ms").as("changed_ms"),
    ])
    .where("e.kind", "!=", "series")
    .where("e.start_ms", "<", p.toMs)
    .where((eb) => eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), ">", p.fromMs))
    // All that is selected beside the sums is of the two rows that this names.
    .groupBy(["g.id", "p.event_id", "p.user_id"])
    .orderBy((eb) => eb.fn.min("e.start_ms"))
    .orderBy("g.id"),
);

export type Key = Awaited<ReturnType<typeof listKeys>>[number];

/**
 * The events and series that somebody's calendar has, each with what changes whenever something does that it shows: an
 * answer to one occurrence counts as one to its series.
 */
export function listKeys(sql: Sql, user: UserId, { fromMs, toMs }: Omit<Range, "user">) {
  return keys.all(sql, { user, fromMs, toMs });
}

const entries = prepared(
  (db, p: { user: UserId; events: readonly EventId[] }) =>
    ownGroups(db, p.user)
      .select(["g.id", "g.kind", "g.name", "g.description", "g.start_ms", "g.duration_ms"])
      .select(["g.start_date", "g.end_date"])
      .select(["g.place_name", "g.place_address", "g.place_latitude", "g.place_longitude"])
      .select(["g.cancelled", "g.version", "g.created_ms", "g.updated_ms"])
      .select(["p.rsvp", "p.answers", "p.answered_ms"])
      .where(inList("g.id", p.events))
      .where("g.start_ms", "is not", null)
      .orderBy("g.start_ms")
      .orderBy("g.id")
      .$narrowType<{ start_ms: number }>(), // asked for above
);

/** Those of these events and series that have a time, by start. */
export function listEntries(sql: Sql, user: UserId, events: readonly EventId[]) {
  return entries.all(sql, { user, events });
}

const parts = prepared((db, p: { series: EventId }) =>
  db.selectFrom("series_part").selectAll().where("series_id", "=", p.series).orderBy("from_ms"),
);

/** By what rules a series goes on, each from its `from_ms` to that of the next. */
export function listParts(sql: Sql, series: EventId) {
  return parts.all(sql, { series });
}

const occurrences = prepared(
  (db, p: { user: UserId; series: EventId }) =>
    db
      .selectFrom("event as e")
      .leftJoin("occurrence_rsvp as o", (join) =>
        join.onRef("o.event_id", "=", "e.id").on("o.user_id", "=", p.user),
      )
      .select(["e.id", "e.name", "e.description", "e.start_ms", "e.duration_ms"])
      .select(["e.start_date", "e.end_date", "e.original_start_ms", "e.own_columns"])
      .select(["e.place_name", "e.place_address", "e.place_latitude", "e.place_longitude"])
      .select(["e.cancelled", "e.version", "e.created_ms", "e.updated_ms"])
      .select(["o.rsvp as own_rsvp", "o.answered_ms as own_answered_ms"])
      .where("e.group_id", "=", p.series)
      .where("e.kind", "=", "occurrence")
      .where("e.start_ms", "is not", null)
      .orderBy("e.original_start_ms")
      .$narrowType<{ start_ms: number; original_start_ms: number }>(), // an occurrence always has both
);

export type OccurrenceRow = Awaited<ReturnType<typeof listOccurrences>>[number];

/** The occurrences of a series, with what this person answered for each alone. Whether they read it is the caller's to have asked. */
export function listOccurrences(sql: Sql, user: UserId, series: EventId) {
  return occurrences.all(sql, { user, series });
}

const taken = prepared(
  (db, p: Range) =>
    ownGroups(db, p.user)
      .innerJoin("event as e", "e.group_id", "p.event_id")
      .leftJoin("occurrence_rsvp as o", (join) =>
        join.onRef("o.event_id", "=", "e.id").onRef("o.user_id", "=", "p.user_id"),
      )
      .select(["e.start_ms", "e.duration_ms"])
      .where((eb) => eb(eb.fn.coalesce("o.rsvp", "p.rsvp"), "=", "accepted"))
      .where("e.kind", "!=", "series")
      .where("e.cancelled", "=", 0)
      .where("e.start_ms", "<", p.toMs)
      .where((eb) => eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), ">", p.fromMs))
      .$narrowType<{ start_ms: number }>(), // compared above
);

/** When somebody is busy with what they have accepted; of a series, with each occurrence by its own answer. */
export function listTaken(sql: Sql, user: UserId, { fromMs, toMs }: Omit<Range, "user">) {
  return taken.all(sql, { user, fromMs, toMs });
}
