import { type EventId, eventStream, type UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import type { InvitationRow, ParticipantRow } from "./people-store.ts";
import { deleteOccurrences, listOccurrences, replaceParts } from "./series-store.ts";

/** Every row of somebody in any event, of events long left too. */
export function listMemberships(sql: Sql, user: UserId): Promise<ParticipantRow[]> {
  return sql.selectFrom("participant").selectAll().where("user_id", "=", user).execute();
}

/** Of the hosts whoever has been in the event the longest; the earlier id where two were invited at once. */
export function findOldestHost(sql: Sql, event: EventId): Promise<ParticipantRow | undefined> {
  return sql
    .selectFrom("participant")
    .selectAll()
    .where("event_id", "=", event)
    .where("role", "=", "host")
    .where("state", "=", "in")
    .where("delivered", "=", 1)
    .where("rsvp", "!=", "declined")
    .orderBy("invited_ms")
    .orderBy("user_id")
    .limit(1)
    .executeTakeFirst();
}

/** Of a series its occurrences have the same. */
export async function updateOwner(sql: Sql, event: EventId, owner: UserId): Promise<void> {
  await sql.updateTable("event").set({ owner_id: owner }).where("group_id", "=", event).execute();
}

/** Whether anybody else reads the event, or did and could come back. */
export async function hasOthers(sql: Sql, event: EventId, user: UserId): Promise<boolean> {
  const other = await sql
    .selectFrom("participant")
    .select("user_id")
    .where("event_id", "=", event)
    .where("user_id", "!=", user)
    .where("delivered", "=", 1)
    .where("state", "!=", "removed")
    .limit(1)
    .executeTakeFirst();
  return other !== undefined;
}

const tablesOfEvent = [
  "participant",
  "invitation",
  "absence",
  "message",
  "reaction",
  "mention",
  "pin",
  "read_marker",
  "fix",
  "sharing",
  "share_audience",
  "availability",
  "start_point",
  "location_request",
  "poll",
  "poll_option",
  "poll_vote",
  "poll_required",
] as const;

/** An event that nobody is left to read, with everything in it. */
export async function deleteEvent(sql: Sql, event: EventId): Promise<void> {
  const occurrences = await listOccurrences(sql, event);
  await deleteOccurrences(
    sql,
    occurrences.map(({ id }) => id),
  );
  await replaceParts(sql, event, []);
  for (const table of tablesOfEvent) await sql.deleteFrom(table).where("event_id", "=", event).execute();
  await sql.deleteFrom("entry").where("stream", "=", eventStream(event)).execute();
  await sql.deleteFrom("stream").where("id", "=", eventStream(event)).execute();
  await sql.deleteFrom("event").where("id", "=", event).execute();
}

/** Rows of others that name this person as the inviter, in events where they have a row themselves. */
export function listInvitedBy(sql: Sql, user: UserId): Promise<ParticipantRow[]> {
  return sql
    .selectFrom("participant")
    .selectAll()
    .where("event_id", "in", eventsOf(sql, user))
    .where("invited_by", "=", user)
    .where("user_id", "!=", user)
    .execute();
}

export function listInvitationsBy(sql: Sql, user: UserId): Promise<InvitationRow[]> {
  return sql
    .selectFrom("invitation")
    .selectAll()
    .where("event_id", "in", eventsOf(sql, user))
    .where("invited_by", "=", user)
    .execute();
}

function eventsOf(sql: Sql, user: UserId) {
  return sql.selectFrom("participant").select("event_id").where("user_id", "=", user);
}

export async function deleteParticipant(sql: Sql, event: EventId, user: UserId): Promise<void> {
  await sql.deleteFrom("participant").where("event_id", "=", event).where("user_id", "=", user).execute();
}
