import type { EventId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";

const people = prepared((db, p: { event: EventId; now: number }) =>
  db
    .selectFrom("participant as p")
    .leftJoin("availability as a", (join) =>
      join
        .onRef("a.event_id", "=", "p.event_id")
        .onRef("a.user_id", "=", "p.user_id")
        .on("a.to_ms", ">", p.now),
    )
    // Of whoever does not share not even the settings are read.
    .leftJoin("user as u", "u.id", "a.user_id")
    .select(["p.user_id", "p.rsvp", "p.state", "p.delivered", "p.invited_by", "p.invitation_id"])
    .select(["a.from_ms", "a.to_ms", "u.time_zone", "u.hours", "u.travel_buffer"])
    .where("p.event_id", "=", p.event)
    .where("p.state", "=", "in")
    .orderBy("p.user_id"),
);

export type AskedRow = Awaited<ReturnType<typeof listPeople>>[number];

/** Whoever is in the event, with what they let suggestions use of their time. */
export function listPeople(sql: Sql, event: EventId, now: number) {
  return people.all(sql, { event, now });
}

const sharing = prepared((db, p: { event: EventId; now: number }) =>
  db
    .selectFrom("availability as a")
    .innerJoin("participant as p", (join) =>
      join.onRef("p.event_id", "=", "a.event_id").onRef("p.user_id", "=", "a.user_id"),
    )
    .select(["p.user_id", "p.rsvp", "p.state", "p.delivered", "p.invitation_id", "a.to_ms"])
    .where("a.event_id", "=", p.event)
    .where("a.to_ms", ">", p.now)
    .orderBy("a.user_id"),
);

export function listSharing(sql: Sql, event: EventId, now: number) {
  return sharing.all(sql, { event, now });
}

const invitations = prepared((db, p: { event: EventId }) =>
  db.selectFrom("invitation").select(["id"]).where("event_id", "=", p.event).orderBy("id"),
);

/** Open invitations by e-mail. */
export function listInvited(sql: Sql, event: EventId) {
  return invitations.all(sql, { event });
}
