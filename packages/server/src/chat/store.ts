import type { EventId, InvitationId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";

const members = prepared((db, p: { event: EventId }) =>
  db
    .selectFrom("participant as p")
    .innerJoin("user as u", "u.id", "p.user_id")
    .leftJoin("read_marker as r", (join) =>
      join.onRef("r.event_id", "=", "p.event_id").onRef("r.user_id", "=", "p.user_id"),
    )
    .select(["u.id", "u.username", "r.seq"])
    .where("p.event_id", "=", p.event)
    .where("p.state", "=", "in")
    .where("p.delivered", "=", 1)
    .where("p.rsvp", "!=", "declined")
    // Until an invitation by e-mail is answered, people see the address alone: not whose it is.
    .where((eb) => eb.or([eb("p.invitation_id", "is", null), eb("p.rsvp", "!=", "none")]))
    .orderBy("p.user_id"),
);

/** The people of a chat, and how far each has read. */
export function listMembers(sql: Sql, event: EventId) {
  return members.all(sql, { event });
}

const people = prepared((db, p: { event: EventId; ids: readonly UserId[] }) =>
  db
    .selectFrom("user as u")
    .leftJoin("participant as p", (join) =>
      join.onRef("p.user_id", "=", "u.id").on("p.event_id", "=", p.event),
    )
    .select(["u.id", "u.username", "p.role", "p.rsvp"])
    .where(inList("u.id", p.ids)),
);

/** Names and parts of people in an event, for what is reported about them. */
export function listPeople(sql: Sql, event: EventId, ids: readonly UserId[]) {
  return people.all(sql, { event, ids });
}

const names = prepared((db, p: { ids: readonly UserId[] }) =>
  db.selectFrom("user").select(["id", "username"]).where(inList("id", p.ids)),
);

export function listNames(sql: Sql, ids: readonly UserId[]) {
  return names.all(sql, { ids });
}

const absentees = prepared((db, p: { event: EventId; seqs: readonly number[] }) =>
  db
    .selectFrom("message as m")
    .innerJoin("absence as a", (join) =>
      join.onRef("a.event_id", "=", "m.event_id").onRef("a.from_message", "<=", "m.seq"),
    )
    .select(["m.seq", "a.user_id"])
    .where("m.event_id", "=", p.event)
    .where(inList("m.seq", p.seqs))
    .where((eb) => eb.or([eb("a.to_message", "is", null), eb("a.to_message", ">=", eb.ref("m.seq"))])),
);

/** Who was removed when each of these messages was written, and may never read it. */
export function listAbsentees(sql: Sql, event: EventId, seqs: readonly number[]) {
  return absentees.all(sql, { event, seqs });
}

const invitation = prepared((db, p: { event: EventId; user: UserId }) =>
  db
    .selectFrom("participant")
    .select("invitation_id")
    .where("event_id", "=", p.event)
    .where("user_id", "=", p.user),
);

export async function findInvitation(sql: Sql, event: EventId, user: UserId): Promise<InvitationId | null> {
  return (await invitation.first(sql, { event, user }))?.invitation_id ?? null;
}
