import type { EventId, InvitationId, UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { inList } from "../db/in-list.ts";
import { prepared } from "../db/prepared.ts";
import type { InvitationTable, ParticipantTable } from "../db/schema.ts";

/** The store alone counts the answers. */
export type ParticipantRow = Omit<ParticipantTable, "answers">;
export type InvitationRow = InvitationTable;

const people = prepared((db, p: { viewer: UserId; events: readonly EventId[] }) =>
  db
    .selectFrom("participant as p")
    .innerJoin("user as u", "u.id", "p.user_id")
    .leftJoin("friendship as f", (join) =>
      join.on("f.user_id", "=", p.viewer).onRef("f.friend_id", "=", "p.user_id"),
    )
    .leftJoin("block as by_viewer", (join) =>
      join.on("by_viewer.user_id", "=", p.viewer).onRef("by_viewer.blocked_id", "=", "p.user_id"),
    )
    .leftJoin("block as of_viewer", (join) =>
      join.on("of_viewer.blocked_id", "=", p.viewer).onRef("of_viewer.user_id", "=", "p.user_id"),
    )
    .select([
      "p.event_id",
      "p.user_id",
      "p.role",
      "p.rsvp",
      "p.state",
      "p.delivered",
      "p.invited_by",
      "p.invitation_id",
    ])
    .select([
      "u.username",
      "u.email",
      "f.friend_id",
      "by_viewer.blocked_id",
      "of_viewer.user_id as blocker_id",
    ])
    .where(inList("p.event_id", p.events))
    .where("p.state", "=", "in")
    .orderBy("p.event_id")
    .orderBy((eb) => eb("p.role", "=", "owner"), "desc")
    .orderBy("p.invited_ms")
    .orderBy("p.user_id"),
);

export type PersonRow = Awaited<ReturnType<typeof listPeople>>[number];

/** The people of these events, undelivered invitations included, and how each stands to the viewer. */
export function listPeople(sql: Sql, viewer: UserId, events: readonly EventId[]) {
  return people.all(sql, { viewer, events });
}

const invitations = prepared((db, p: { events: readonly EventId[] }) =>
  db
    .selectFrom("invitation")
    .selectAll()
    .where(inList("event_id", p.events))
    .orderBy("event_id")
    .orderBy("created_ms")
    .orderBy("id"),
);

export function listInvitations(sql: Sql, events: readonly EventId[]): Promise<InvitationRow[]> {
  return invitations.all(sql, { events });
}

const participant = prepared((db, p: { event: EventId; user: UserId }) =>
  db.selectFrom("participant").selectAll().where("event_id", "=", p.event).where("user_id", "=", p.user),
);

export function findParticipant(sql: Sql, event: EventId, user: UserId): Promise<ParticipantRow | undefined> {
  return participant.first(sql, { event, user });
}

const byInvitation = prepared((db, p: { event: EventId; invitation: InvitationId }) =>
  db
    .selectFrom("participant")
    .selectAll()
    .where("event_id", "=", p.event)
    .where("invitation_id", "=", p.invitation)
    .where("state", "=", "in"),
);

/** The person whom an open invitation by e-mail has reached, or would have. */
export function findInvited(
  sql: Sql,
  event: EventId,
  invitation: InvitationId,
): Promise<ParticipantRow | undefined> {
  return byInvitation.first(sql, { event, invitation });
}

const upsert = prepared((db, p: ParticipantRow) => {
  const columns = {
    role: p.role,
    rsvp: p.rsvp,
    state: p.state,
    delivered: p.delivered,
    invited_by: p.invited_by,
    invitation_id: p.invitation_id,
    invited_ms: p.invited_ms,
    answered_ms: p.answered_ms,
    left_ms: p.left_ms,
  };
  return db
    .insertInto("participant")
    .values({ event_id: p.event_id, user_id: p.user_id, ...columns })
    .onConflict((conflict) =>
      conflict.columns(["event_id", "user_id"]).doUpdateSet((eb) => ({
        ...columns,
        answers: eb
          .case()
          .when("participant.rsvp", "!=", eb.ref("excluded.rsvp"))
          .then(eb("participant.answers", "+", 1))
          .else(eb.ref("participant.answers"))
          .end(),
      })),
    );
});

export async function upsertParticipant(sql: Sql, row: ParticipantRow): Promise<void> {
  await upsert.run(sql, row);
}

const answered = prepared((db, p: { event: EventId; user: UserId }) =>
  db
    .updateTable("participant")
    .set((eb) => ({ answers: eb("answers", "+", 1) }))
    .where("event_id", "=", p.event)
    .where("user_id", "=", p.user),
);

/** Counts an answer to one occurrence, or that one was taken back, for the series. */
export async function countAnswer(sql: Sql, group: EventId, user: UserId): Promise<void> {
  await answered.run(sql, { event: group, user });
}

interface Guests {
  event: EventId;
  inviter: UserId;
  users: readonly UserId[];
  delivered: 0 | 1;
  now: number;
}

const guests = prepared((db, p: Guests) =>
  db
    .insertInto("participant")
    .columns([
      "event_id",
      "user_id",
      "role",
      "rsvp",
      "state",
      "delivered",
      "invited_by",
      "invitation_id",
      "invited_ms",
      "answered_ms",
      "left_ms",
    ])
    .expression(
      db
        .selectFrom("user")
        .select((eb) => [
          eb.val(p.event).as("event_id"),
          "id as user_id",
          eb.val("guest").as("role"),
          eb.val("none").as("rsvp"),
          eb.val("in").as("state"),
          eb.val(p.delivered).as("delivered"),
          eb.val(p.inviter).as("invited_by"),
          eb.lit(null).as("invitation_id"),
          eb.val(p.now).as("invited_ms"),
          eb.lit(null).as("answered_ms"),
          eb.lit(null).as("left_ms"),
        ])
        .where(inList("id", p.users)),
    ),
);

/** Rows of people who were never in the event; those who are in it already are a mistake of the caller. */
export async function insertGuests(sql: Sql, invited: Guests): Promise<void> {
  if (invited.users.length > 0) await guests.run(sql, invited);
}

const invitation = prepared((db, p: { event: EventId; id: InvitationId }) =>
  db.selectFrom("invitation").selectAll().where("event_id", "=", p.event).where("id", "=", p.id),
);

export function findInvitation(
  sql: Sql,
  event: EventId,
  id: InvitationId,
): Promise<InvitationRow | undefined> {
  return invitation.first(sql, { event, id });
}

const invitationTo = prepared((db, p: { event: EventId; key: string }) =>
  db.selectFrom("invitation").selectAll().where("email_key", "=", p.key).where("event_id", "=", p.event),
);

export function findInvitationTo(sql: Sql, event: EventId, key: string): Promise<InvitationRow | undefined> {
  return invitationTo.first(sql, { event, key });
}

/** Every open invitation to an address, in all events. */
export function listInvitationsTo(sql: Sql, key: string): Promise<InvitationRow[]> {
  return sql.selectFrom("invitation").selectAll().where("email_key", "=", key).execute();
}

export async function insertInvitation(sql: Sql, row: InvitationRow): Promise<void> {
  await sql.insertInto("invitation").values(row).execute();
}

/** Somebody else has typed the address anew: from now on it is theirs to see. */
export async function updateInvitation(sql: Sql, row: InvitationRow): Promise<void> {
  await sql
    .updateTable("invitation")
    .set({ email: row.email, invited_by: row.invited_by })
    .where("event_id", "=", row.event_id)
    .where("id", "=", row.id)
    .execute();
}

export async function deleteInvitation(sql: Sql, event: EventId, id: InvitationId): Promise<void> {
  await sql.deleteFrom("invitation").where("event_id", "=", event).where("id", "=", id).execute();
}

const accepted = prepared((db, p: { event: EventId }) =>
  db
    .selectFrom("participant")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("event_id", "=", p.event)
    .where("state", "=", "in")
    .where("rsvp", "=", "accepted"),
);

/** How many places are taken. */
export async function countAccepted(sql: Sql, event: EventId): Promise<number> {
  return (await accepted.first(sql, { event }))?.count ?? 0;
}

const present = prepared((db, p: { event: EventId }) =>
  db
    .selectFrom("participant")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("event_id", "=", p.event)
    .where("state", "=", "in")
    .where((eb) => eb.or([eb("invitation_id", "is", null), eb("rsvp", "!=", "none")])),
);
const addressed = prepared((db, p: { event: EventId }) =>
  db
    .selectFrom("invitation")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("event_id", "=", p.event),
);

/** People and open invitations by e-mail: an invited person whom people see as an address counts once. */
export async function countPeople(sql: Sql, event: EventId): Promise<number> {
  const persons = await present.first(sql, { event });
  const addresses = await addressed.first(sql, { event });
  return (persons?.count ?? 0) + (addresses?.count ?? 0);
}

const invitable = prepared((db, p: { ids: readonly UserId[] }) =>
  db.selectFrom("user").select(["id", "invites_from"]).where(inList("id", p.ids)),
);

export function listInvitable(sql: Sql, ids: readonly UserId[]) {
  return invitable.all(sql, { ids });
}

const holders = prepared((db, p: { keys: readonly string[] }) =>
  db
    .selectFrom("user")
    .select(["id", "invites_from", "email_key"])
    .where(inList("email_key", p.keys))
    .where("email_confirmed", "=", 1),
);

/** Whose confirmed addresses these are: an unconfirmed one proves nothing. */
export function listHolders(sql: Sql, keys: readonly string[]) {
  return holders.all(sql, { keys });
}

const addressOf = prepared((db, p: { id: UserId }) =>
  db.selectFrom("user").select(["email_key", "email_confirmed", "time_zone"]).where("id", "=", p.id),
);

export function findOwnFacts(sql: Sql, id: UserId) {
  return addressOf.first(sql, { id });
}

/** Whoever has this address, confirmed or not: for a caller who may see it there. */
export function findUserByAddress(sql: Sql, key: string) {
  return sql.selectFrom("user").select("id").where("email_key", "=", key).executeTakeFirst();
}
