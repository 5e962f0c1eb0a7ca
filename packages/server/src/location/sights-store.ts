import type { EventId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";

/** When and where an event is; a series that is cancelled takes its occurrences along. */
const facts = prepared((db, p: { event: EventId }) =>
  db
    .selectFrom("event as e")
    .innerJoin("event as h", "h.id", "e.group_id")
    .select((eb) => [
      "e.id",
      "e.group_id",
      "e.start_ms",
      "e.duration_ms",
      "e.kind",
      eb.case().when("h.cancelled", "=", 1).then(1).else(eb.ref("e.cancelled")).end().as("cancelled"),
      "e.place_latitude",
      "e.place_longitude",
    ])
    .where("e.id", "=", p.event),
);

export function findSightFacts(sql: Sql, event: EventId) {
  return facts.first(sql, { event });
}

/** One row for each person: how they stand in the event, and what they consented to. */
const people = prepared((db, p: { event: EventId; group: EventId }) =>
  db
    .selectFrom("participant as m")
    .innerJoin("user as u", "u.id", "m.user_id")
    .leftJoin("occurrence_rsvp as o", (on) =>
      on.on("o.event_id", "=", p.event).onRef("o.user_id", "=", "m.user_id"),
    )
    .leftJoin("sharing as s", (on) => on.on("s.event_id", "=", p.event).onRef("s.user_id", "=", "m.user_id"))
    .select((eb) => [
      "m.user_id as id",
      "u.username",
      "m.state",
      "m.delivered",
      eb.fn.coalesce("o.rsvp", "m.rsvp").as("rsvp"),
      "s.state as sharing",
      "s.precision",
      "s.since_ms",
      "s.until_ms",
    ])
    .where("m.event_id", "=", p.group)
    .orderBy("m.user_id"),
);

export function listSightPeople(sql: Sql, event: EventId, group: EventId) {
  return people.all(sql, { event, group });
}

export type SightPerson = Awaited<ReturnType<typeof listSightPeople>>[number];

/** Who in this event has blocked whom in it. */
const blocks = prepared((db, p: { group: EventId }) =>
  db
    .selectFrom("participant as m")
    .innerJoin("block as b", "b.user_id", "m.user_id")
    .innerJoin("participant as v", (on) =>
      on.onRef("v.event_id", "=", "m.event_id").onRef("v.user_id", "=", "b.blocked_id"),
    )
    .select(["b.user_id as a", "b.blocked_id as b"])
    .where("m.event_id", "=", p.group),
);

export function listSightBlocks(sql: Sql, group: EventId): Promise<{ a: UserId; b: UserId }[]> {
  return blocks.all(sql, { group });
}

function audience(db: Sql) {
  return db
    .selectFrom("share_audience as a")
    .leftJoin("location_view as w", (on) =>
      on
        .onRef("w.event_id", "=", "a.event_id")
        .onRef("w.sharer_id", "=", "a.sharer_id")
        .onRef("w.viewer_id", "=", "a.viewer_id"),
    )
    .select(["a.sharer_id", "a.viewer_id", "a.since_ms", "w.at_ms as viewed_ms"]);
}

const ofEvent = prepared((db, p: { event: EventId }) => audience(db).where("a.event_id", "=", p.event));

const ofSharer = prepared((db, p: { event: EventId; sharer: UserId }) =>
  audience(db).where("a.event_id", "=", p.event).where("a.sharer_id", "=", p.sharer),
);

/** Driven from the sharers, because the key of these tables has the viewer last. */
const ofViewer = prepared((db, p: { event: EventId; viewer: UserId }) =>
  audience(db)
    .where("a.event_id", "=", p.event)
    .where("a.viewer_id", "=", p.viewer)
    .where("a.sharer_id", "in", db.selectFrom("sharing").select("user_id").where("event_id", "=", p.event)),
);

/** Everybody's audience, and when who of it looked last. */
export function listAudiences(sql: Sql, event: EventId) {
  return ofEvent.all(sql, { event });
}

export function listAudienceOf(sql: Sql, event: EventId, sharer: UserId) {
  return ofSharer.all(sql, { event, sharer });
}

/** In whose audience somebody is. */
export function listAudiencesWith(sql: Sql, event: EventId, viewer: UserId) {
  return ofViewer.all(sql, { event, viewer });
}

export type AudienceRow = Awaited<ReturnType<typeof listAudiences>>[number];

const shared = prepared((db, p: { user: UserId; now: number }) =>
  db
    .selectFrom("sharing")
    .select(["event_id", "since_ms", "until_ms"])
    .where("user_id", "=", p.user)
    .where("state", "=", "on")
    .where("until_ms", ">", p.now),
);

/** Where somebody's consent is on, or will be once the window opens. */
export function listConsents(sql: Sql, user: UserId, now: number) {
  return shared.all(sql, { user, now });
}

const lastShare = prepared((db, p: { user: UserId }) =>
  db
    .selectFrom("friend_share")
    .select((eb) => eb.fn.max("until_ms").as("until_ms"))
    .where("user_id", "=", p.user),
);

/** How long the last of somebody's shares with friends goes on. */
export function findLastShare(sql: Sql, user: UserId) {
  return lastShare.first(sql, { user });
}
