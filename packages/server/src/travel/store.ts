import { type EventId, locationWindow, type UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import type { DetourTable, JourneyTable } from "../db/schema-travel.ts";

const { afterMs } = locationWindow;
const longestMs = 31 * 24 * 60 * 60_000;

/** Everything that decides what is told of one person's way to an event, read by one statement. */
function travellers(db: Sql) {
  return db
    .selectFrom("event as e")
    .innerJoin("event as h", "h.id", "e.group_id")
    .innerJoin("participant as p", "p.event_id", "e.group_id")
    .innerJoin("user as u", "u.id", "p.user_id")
    .leftJoin("occurrence_rsvp as o", (on) =>
      on.onRef("o.event_id", "=", "e.id").onRef("o.user_id", "=", "p.user_id"),
    )
    .leftJoin("sharing as s", (on) =>
      on.onRef("s.event_id", "=", "e.id").onRef("s.user_id", "=", "p.user_id"),
    )
    .leftJoin("journey as j", (on) =>
      on.onRef("j.event_id", "=", "e.id").onRef("j.user_id", "=", "p.user_id"),
    )
    .select((eb) => [
      "e.id as event_id",
      "e.group_id",
      "e.kind",
      "e.start_ms",
      "e.duration_ms",
      "e.place_latitude",
      "e.place_longitude",
      eb.case().when("h.cancelled", "=", 1).then(1).else(eb.ref("e.cancelled")).end().as("cancelled"),
      "p.user_id",
      "p.state as member_state",
      "p.delivered",
      eb.fn.coalesce("o.rsvp", "p.rsvp").as("rsvp"),
      "s.state",
      "s.precision",
      "s.since_ms",
      "s.until_ms",
      eb.fn.coalesce("s.until_arrival", "u.until_arrival").as("until_arrival"),
      "j.start_ms as journey_start_ms",
      "j.place_latitude as journey_latitude",
      "j.place_longitude as journey_longitude",
      "j.leave_told_ms",
      "j.late_s",
      "j.late_told_ms",
      "j.arrived_ms",
    ]);
}

const ofEvent = prepared((db, p: { event: EventId }) =>
  travellers(db)
    .where("e.id", "=", p.event)
    .where("p.state", "=", "in")
    .where((eb) => eb(eb.fn.coalesce("o.rsvp", "p.rsvp"), "=", "accepted")),
);

const one = prepared((db, p: { event: EventId; user: UserId }) =>
  travellers(db).where("e.id", "=", p.event).where("p.user_id", "=", p.user),
);

export type TravellerRow = Awaited<ReturnType<typeof listTravellers>>[number];

export function listTravellers(sql: Sql, event: EventId) {
  return ofEvent.all(sql, { event });
}

export function findTraveller(sql: Sql, event: EventId, user: UserId) {
  return one.first(sql, { event, user });
}

const seers = prepared((db, p: { event: EventId; user: UserId }) =>
  db
    .selectFrom("sharing as s")
    .innerJoin("share_audience as a", (on) =>
      on.onRef("a.event_id", "=", "s.event_id").onRef("a.sharer_id", "=", "s.user_id"),
    )
    .innerJoin("event as e", "e.id", "a.event_id")
    .innerJoin("participant as v", (on) =>
      on.onRef("v.event_id", "=", "e.group_id").onRef("v.user_id", "=", "a.viewer_id"),
    )
    .leftJoin("occurrence_rsvp as o", (on) =>
      on.onRef("o.event_id", "=", "a.event_id").onRef("o.user_id", "=", "a.viewer_id"),
    )
    .select("a.viewer_id")
    .where("s.event_id", "=", p.event)
    .where("s.user_id", "=", p.user)
    .where("s.state", "=", "on")
    .where("s.precision", "=", "exact")
    .where("v.state", "=", "in")
    .where("v.delivered", "=", 1)
    .where((eb) => eb(eb.fn.coalesce("o.rsvp", "v.rsvp"), "=", "accepted")),
);

/** Who sees where exactly this person is: of the audience those who go there themselves. */
export async function listSeers(sql: Sql, event: EventId, user: UserId): Promise<UserId[]> {
  return (await seers.all(sql, { event, user })).map(({ viewer_id }) => viewer_id);
}

const others = prepared((db, p: { group: EventId; user: UserId }) =>
  db
    .selectFrom("participant")
    .select("user_id")
    .where("event_id", "=", p.group)
    .where("user_id", "!=", p.user)
    .where("state", "=", "in")
    .where("delivered", "=", 1)
    .where("rsvp", "!=", "declined"),
);

/** Who else reads the log of this event. */
export async function listOthers(sql: Sql, group: EventId, user: UserId): Promise<UserId[]> {
  return (await others.all(sql, { group, user })).map(({ user_id }) => user_id);
}

const near = prepared((db, p: { from: number; until: number; over: number }) =>
  db
    .selectFrom("event as e")
    .select("e.id")
    .where("e.start_ms", ">", p.from)
    .where("e.start_ms", "<=", p.until)
    .where((eb) => eb(eb("e.start_ms", "+", eb.ref("e.duration_ms")), ">", p.over))
    .where("e.kind", "!=", "series")
    .where("e.cancelled", "=", 0)
    .where("e.place_latitude", "is not", null),
);

/** Events to which people are on their way, or soon: from so long before their start until their window closes. */
export async function listEventsNear(sql: Sql, now: number, aheadMs: number): Promise<EventId[]> {
  const over = now - afterMs;
  const rows = await near.all(sql, { from: over - longestMs, until: now + aheadMs, over });
  return rows.map(({ id }) => id);
}

const upsert = prepared((db, p: JourneyTable) =>
  db
    .insertInto("journey")
    .values({
      event_id: p.event_id,
      user_id: p.user_id,
      start_ms: p.start_ms,
      place_latitude: p.place_latitude,
      place_longitude: p.place_longitude,
      leave_told_ms: p.leave_told_ms,
      late_s: p.late_s,
      late_told_ms: p.late_told_ms,
      arrived_ms: p.arrived_ms,
    })
    .onConflict((conflict) =>
      conflict.columns(["event_id", "user_id"]).doUpdateSet((eb) => ({
        start_ms: eb.ref("excluded.start_ms"),
        place_latitude: eb.ref("excluded.place_latitude"),
        place_longitude: eb.ref("excluded.place_longitude"),
        leave_told_ms: eb.ref("excluded.leave_told_ms"),
        late_s: eb.ref("excluded.late_s"),
        late_told_ms: eb.ref("excluded.late_told_ms"),
        arrived_ms: eb.ref("excluded.arrived_ms"),
      })),
    ),
);

export async function upsertJourney(sql: Sql, journey: JourneyTable): Promise<void> {
  await upsert.run(sql, journey);
}

const old = prepared((db, p: { before: number }) =>
  db.deleteFrom("journey").where("start_ms", "<", p.before),
);

export async function deleteOldJourneys(sql: Sql, before: number): Promise<void> {
  await old.run(sql, { before });
}

const detoursOf = prepared((db, p: { user: UserId }) =>
  db.selectFrom("detour").select(["mode", "factor", "journeys"]).where("user_id", "=", p.user),
);

export function listDetours(sql: Sql, user: UserId) {
  return detoursOf.all(sql, { user });
}

const detour = prepared((db, p: DetourTable) =>
  db
    .insertInto("detour")
    .values({
      user_id: p.user_id,
      mode: p.mode,
      factor: p.factor,
      journeys: p.journeys,
      updated_ms: p.updated_ms,
    })
    .onConflict((conflict) =>
      conflict.columns(["user_id", "mode"]).doUpdateSet((eb) => ({
        factor: eb.ref("excluded.factor"),
        journeys: eb.ref("excluded.journeys"),
        updated_ms: eb.ref("excluded.updated_ms"),
      })),
    ),
);

export async function upsertDetour(sql: Sql, values: DetourTable): Promise<void> {
  await detour.run(sql, values);
}
