import { type EventId, locationWindow, type UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import { preparedRows } from "../db/prepared-rows.ts";
import { blocksBetween, personIn } from "../db/relations.ts";

export interface View {
  sharer: UserId;
  /** Empty for a share beside events. */
  event: EventId | "";
  viewer: UserId;
  at: number;
}

const upsert = preparedRows<View>(
  { sharer: "text", event: "text", viewer: "text", at: "bigint" },
  (db, views) =>
    db
      .with("l(sharer, event, viewer, at)", () => views)
      .insertInto("location_view")
      .columns(["sharer_id", "event_id", "viewer_id", "at_ms"])
      .expression((db) =>
        db
          .selectFrom("l")
          .innerJoin("user as s", "s.id", "l.sharer")
          .innerJoin("user as v", "v.id", "l.viewer")
          .select(["s.id", "l.event", "v.id as viewer", "l.at"])
          .where((eb) => eb.val(true)),
      )
      .onConflict((conflict) =>
        conflict
          .columns(["sharer_id", "event_id", "viewer_id"])
          .doUpdateSet((eb) => ({ at_ms: eb.ref("excluded.at_ms") })),
      ),
);

/**
 * Who was erased meanwhile leaves nothing; of who has left or was blocked the sharer's list says that they looked: that
 * covers nothing up. Of a sharer, event and viewer there is one view at most.
 */
export async function upsertViews(sql: Sql, views: readonly View[]): Promise<void> {
  await upsert.run(sql, views);
}

const ofEvent = prepared((db, p: { sharer: UserId; event: EventId; now: number }) =>
  db
    .selectFrom("location_view as w")
    .innerJoin("event as e", "e.id", "w.event_id")
    .select(["w.viewer_id as id", "w.at_ms"])
    .where("w.sharer_id", "=", p.sharer)
    .where("w.event_id", "=", p.event)
    .where("e.cancelled", "=", 0)
    .where((eb) =>
      eb(
        eb(eb(eb.ref("e.start_ms"), "+", eb.ref("e.duration_ms")), "+", locationWindow.afterMs),
        ">",
        eb.cast<number>(eb.val(p.now), "bigint"),
      ),
    )
    .where((eb) => eb.not(eb.exists(blocksBetween(db, p.sharer, personIn("w.viewer_id")))))
    .orderBy("w.at_ms", "desc")
    .orderBy("w.viewer_id"),
);

/** Who looked in an event whose window is not over, newest first; a block ends what is known of looks in events. */
export function listViewsOf(sql: Sql, sharer: UserId, event: EventId, now: number) {
  return ofEvent.all(sql, { sharer, event, now });
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
