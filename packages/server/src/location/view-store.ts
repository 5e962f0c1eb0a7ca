import type { EventId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";

interface View {
  sharer: UserId;
  event: EventId | "";
  viewer: UserId;
  at: number;
}

const upsert = prepared((db, p: View) =>
  db
    .insertInto("location_view")
    .columns(["sharer_id", "event_id", "viewer_id", "at_ms"])
    .expression(
      db
        .selectFrom("user as s")
        .innerJoin("user as v", (on) => on.on("v.id", "=", p.viewer))
        .select((eb) => [
          "s.id",
          eb.val(p.event).as("event_id"),
          "v.id as viewer_id",
          eb.val(p.at).as("at_ms"),
        ])
        .where("s.id", "=", p.sharer),
    )
    .onConflict((conflict) =>
      conflict
        .columns(["sharer_id", "event_id", "viewer_id"])
        .doUpdateSet((eb) => ({ at_ms: eb.ref("excluded.at_ms") })),
    ),
);

/** Who was erased meanwhile leaves nothing. */
export async function upsertLocationView(sql: Sql, view: View): Promise<void> {
  await upsert.run(sql, view);
}

/** The last row of the page before. */
export interface ViewPlace {
  at: number;
  event: string;
  viewer: string;
}

const newest = prepared((db, p: ViewPlace & { sharer: UserId; after: number; limit: number }) =>
  db
    .selectFrom("location_view as w")
    .innerJoin("user as u", "u.id", "w.viewer_id")
    .select(["w.event_id", "u.id", "u.username", "w.at_ms"])
    .where("w.sharer_id", "=", p.sharer)
    .where("w.at_ms", ">", p.after)
    .where("w.at_ms", "<=", p.at)
    .where((eb) =>
      eb.or([
        eb("w.at_ms", "<", p.at),
        eb(eb.ref("w.event_id"), ">", p.event as EventId), // compared as texts
        eb.and([eb("w.event_id", "=", p.event as EventId), eb("w.viewer_id", ">", p.viewer as UserId)]),
      ]),
    )
    .orderBy("w.at_ms", "desc")
    .orderBy("w.event_id")
    .orderBy("w.viewer_id")
    .limit(p.limit),
);

/** Who looked since `after`, newest first, from behind `from` on. */
export function listLocationViews(sql: Sql, sharer: UserId, from: ViewPlace, after: number, limit: number) {
  return newest.all(sql, { ...from, sharer, after, limit });
}

const old = prepared((db, p: { before: number }) =>
  db
    .deleteFrom("location_view")
    .where((outer) =>
      outer(
        outer.refTuple("sharer_id", "event_id", "viewer_id"),
        "in",
        outer
          .selectFrom("location_view as w")
          .select(["w.sharer_id", "w.event_id", "w.viewer_id"])
          .where("w.at_ms", "<=", p.before)
          .limit(batch)
          .$asTuple("sharer_id", "event_id", "viewer_id"),
      ),
    ),
);

const batch = 500;

/** Deletes some; true when there may be more. */
export async function deleteOldViews(sql: Sql, beforeMs: number): Promise<boolean> {
  return (await old.run(sql, { before: beforeMs })).changes === batch;
}
