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

const absentees = prepared((db, p: { event: EventId; seq: number }) =>
  db
    .selectFrom("absence")
    .select("user_id")
    .where("event_id", "=", p.event)
    .where("from_message", "<=", p.seq)
    .where((eb) => eb.or([eb("to_message", "is", null), eb("to_message", ">=", p.seq)])),
);

/** Who was removed when this message was written, and may never read it. */
export async function listAbsentees(sql: Sql, event: EventId, seq: number): Promise<UserId[]> {
  return (await absentees.all(sql, { event, seq })).map((row) => row.user_id);
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
