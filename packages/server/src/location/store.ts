import { type EventId, locationWindow, type UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import { blocksBetween, personIn } from "../db/relations.ts";
import type { FixTable } from "../db/schema.ts";
import { upsertLocationView } from "./view-store.ts";

/** The hottest write of the product: one statement. An older fix changes nothing, so that the newest never moves back. */
const upsert = prepared((db, p: FixTable) =>
  db
    .insertInto("fix")
    .values({
      user_id: p.user_id,
      event_id: p.event_id,
      latitude: p.latitude,
      longitude: p.longitude,
      accuracy: p.accuracy,
      altitude: p.altitude,
      speed: p.speed,
      heading: p.heading,
      battery: p.battery,
      at_ms: p.at_ms,
      received_ms: p.received_ms,
    })
    .onConflict((conflict) =>
      conflict
        .columns(["user_id", "event_id"])
        .doUpdateSet((eb) => ({
          latitude: eb.ref("excluded.latitude"),
          longitude: eb.ref("excluded.longitude"),
          accuracy: eb.ref("excluded.accuracy"),
          altitude: eb.ref("excluded.altitude"),
          speed: eb.ref("excluded.speed"),
          heading: eb.ref("excluded.heading"),
          battery: eb.ref("excluded.battery"),
          at_ms: eb.ref("excluded.at_ms"),
          received_ms: eb.ref("excluded.received_ms"),
        }))
        .whereRef("excluded.at_ms", ">=", "fix.at_ms"),
    ),
);

/** False where a newer fix was there already. */
export async function upsertFix(sql: Sql, fix: FixTable): Promise<boolean> {
  return (await upsert.run(sql, fix)).changes > 0;
}

const ownFix = prepared((db, p: { user: UserId; after: number }) =>
  db
    .selectFrom("fix")
    .selectAll()
    .where("user_id", "=", p.user)
    .where("at_ms", ">", p.after)
    .orderBy("at_ms", "desc")
    .limit(1),
);

export function findOwnFix(sql: Sql, user: UserId, afterMs: number) {
  return ownFix.first(sql, { user, after: afterMs });
}

/**
 * Everything that decides whether one person sees another in an event, and what: read by one statement, so that no
 * change can come between its parts. In an occurrence people take part as in its series, unless they answered otherwise.
 */
function pairs(db: Sql) {
  return db
    .selectFrom("sharing as s")
    .innerJoin("event as e", "e.id", "s.event_id")
    .innerJoin("event as h", "h.id", "e.group_id")
    .innerJoin("user as u", "u.id", "s.user_id")
    .innerJoin("participant as m", (on) =>
      on.onRef("m.event_id", "=", "e.group_id").onRef("m.user_id", "=", "s.user_id"),
    )
    .innerJoin("participant as v", (on) =>
      on.onRef("v.event_id", "=", "e.group_id").onRef("v.user_id", "!=", "s.user_id"),
    )
    .leftJoin("occurrence_rsvp as mo", (on) =>
      on.onRef("mo.event_id", "=", "s.event_id").onRef("mo.user_id", "=", "s.user_id"),
    )
    .leftJoin("occurrence_rsvp as vo", (on) =>
      on.onRef("vo.event_id", "=", "s.event_id").onRef("vo.user_id", "=", "v.user_id"),
    )
    .leftJoin("share_audience as a", (on) =>
      on
        .onRef("a.event_id", "=", "s.event_id")
        .onRef("a.sharer_id", "=", "s.user_id")
        .onRef("a.viewer_id", "=", "v.user_id"),
    )
    .leftJoin("share_view as w", (on) =>
      on
        .onRef("w.event_id", "=", "s.event_id")
        .onRef("w.sharer_id", "=", "s.user_id")
        .onRef("w.viewer_id", "=", "v.user_id"),
    )
    .leftJoin("fix as g", (on) => on.onRef("g.user_id", "=", "s.user_id").on("g.event_id", "=", ""))
    .leftJoin("fix as f", (on) =>
      on.onRef("f.user_id", "=", "s.user_id").onRef("f.event_id", "=", "s.event_id"),
    )
    .select((eb) => [
      "e.start_ms",
      "e.duration_ms",
      "e.kind",
      // A series that is cancelled takes its occurrences along.
      eb.case().when("h.cancelled", "=", 1).then(1).else(eb.ref("e.cancelled")).end().as("cancelled"),
      "e.place_latitude",
      "e.place_longitude",
      "s.event_id",
      "s.user_id as sharer_id",
      "s.state",
      "s.precision",
      "s.since_ms",
      "s.until_ms",
      "u.username",
      "m.state as sharer_state",
      "m.delivered as sharer_delivered",
      eb.fn.coalesce("mo.rsvp", "m.rsvp").as("sharer_rsvp"),
      "v.user_id as viewer_id",
      "v.state as viewer_state",
      "v.delivered as viewer_delivered",
      eb.fn.coalesce("vo.rsvp", "v.rsvp").as("viewer_rsvp"),
      "a.viewer_id as audience",
      "w.at_ms as viewed_ms",
      "g.latitude as general_latitude",
      "g.longitude as general_longitude",
      "g.accuracy as general_accuracy",
      "g.at_ms as general_at_ms",
      "g.received_ms as general_received_ms",
      "f.latitude as event_latitude",
      "f.longitude as event_longitude",
      "f.accuracy as event_accuracy",
      "f.at_ms as event_at_ms",
      "f.received_ms as event_received_ms",
      eb.exists(blocksBetween(db, personIn("s.user_id"), personIn("v.user_id"))).as("blocked"),
    ]);
}

const pairsOfViewer = prepared((db, p: { event: EventId; viewer: UserId }) =>
  pairs(db).where("s.event_id", "=", p.event).where("v.user_id", "=", p.viewer).orderBy("s.user_id"),
);

const pairsOfSharer = prepared((db, p: { event: EventId; sharer: UserId }) =>
  pairs(db)
    .where("s.event_id", "=", p.event)
    .where("s.user_id", "=", p.sharer)
    .where("a.viewer_id", "is not", null),
);

const onePair = prepared((db, p: { event: EventId; sharer: UserId; viewer: UserId }) =>
  pairs(db)
    .where("s.event_id", "=", p.event)
    .where("s.user_id", "=", p.sharer)
    .where("v.user_id", "=", p.viewer),
);

/** Everybody who ever consented in this event, towards one viewer. */
export function listPairsOfViewer(sql: Sql, event: EventId, viewer: UserId) {
  return pairsOfViewer.all(sql, { event, viewer });
}

/** One sharer, towards everybody in the audience. */
export function listPairsOfSharer(sql: Sql, event: EventId, sharer: UserId) {
  return pairsOfSharer.all(sql, { event, sharer });
}

export function findPair(sql: Sql, event: EventId, sharer: UserId, viewer: UserId) {
  return onePair.first(sql, { event, sharer, viewer });
}

export type PairRow = Awaited<ReturnType<typeof listPairsOfViewer>>[number];

const view = prepared((db, p: { event: EventId; sharer: UserId; viewer: UserId; at: number }) =>
  db
    .insertInto("share_view")
    .values({ event_id: p.event, sharer_id: p.sharer, viewer_id: p.viewer, at_ms: p.at })
    .onConflict((conflict) =>
      conflict
        .columns(["event_id", "sharer_id", "viewer_id"])
        .doUpdateSet((eb) => ({ at_ms: eb.ref("excluded.at_ms") })),
    ),
);

export async function upsertView(sql: Sql, event: EventId, sharer: UserId, viewer: UserId, at: number) {
  await view.run(sql, { event, sharer, viewer, at });
  await upsertLocationView(sql, { sharer, event, viewer, at });
}

const shared = prepared((db, p: { user: UserId; now: number }) =>
  db
    .selectFrom("sharing")
    .select("event_id")
    .where("user_id", "=", p.user)
    .where("state", "=", "on")
    .where("since_ms", "<=", p.now)
    .where("until_ms", ">", p.now),
);

/** Where somebody's consent holds now. */
export function listSharedEvents(sql: Sql, user: UserId, now: number) {
  return shared.all(sql, { user, now });
}

/** Driven from the viewer's events: the key of the audience has the viewer last. */
const watchable = prepared((db, p: { viewer: UserId; now: number }) =>
  db
    .selectFrom("participant as v")
    .innerJoin("event as e", "e.group_id", "v.event_id")
    .innerJoin("sharing as s", "s.event_id", "e.id")
    .select("e.id")
    .distinct()
    .where("v.user_id", "=", p.viewer)
    .where("v.state", "=", "in")
    .where("e.cancelled", "=", 0)
    .where((eb) => eb(eb("e.start_ms", "-", locationWindow.beforeMs), "<=", p.now))
    .where((eb) =>
      eb(eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), "+", locationWindow.afterMs), ">", p.now),
    ),
);

/** Events of this person whose window is open and in which anybody has ever shared. */
export async function listWatchableEvents(sql: Sql, viewer: UserId, now: number): Promise<EventId[]> {
  return (await watchable.all(sql, { viewer, now })).map(({ id }) => id);
}
