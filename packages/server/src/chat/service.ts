import { type ChatInfo, type EventId, eventStream, type Person, type UserId } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { eventFacts, requireMember } from "../events/service.ts";
import { blockedOf } from "../friends/relations.ts";
import { headsOf } from "../streams/service.ts";
import { countUnreadMentions } from "./mentions-store.ts";
import { renderMessages } from "./messages.ts";
import { listDeleted, listMessagesBefore } from "./messages-store.ts";
import { pinnedFor } from "./pins.ts";
import { countUnread, findReadMarker, listReadMarkers } from "./readers-store.ts";
import { asSeenBy, toPerson } from "./rules.ts";
import { listAbsentees, listMembers, listNames, listPeople } from "./store.ts";

/** Up to which message the person has read each of these chats; those of which none was read are absent. */
export function markersOf(sql: Sql, user: UserId, events: readonly EventId[]) {
  return listReadMarkers(sql, user, events);
}

export async function getChat(ctx: Context, viewer: Viewer, event: EventId): Promise<ChatInfo> {
  const sql = ctx.db.read;
  await requireMember(sql, viewer.id, event);
  const { name } = await eventFacts(sql, event);
  const members = await listMembers(sql, event);
  const own = await findReadMarker(sql, event, viewer.id);
  const blocked = new Set(await blockedOf(sql, viewer.id));
  const newest = await listMessagesBefore(sql, { event, viewer: viewer.id, seq: Number.MAX_SAFE_INTEGER }, 1);
  // Before the pins: an entry beyond it may be in them already, and never the other way round.
  const head = (await headsOf(sql, [eventStream(event)])).get(eventStream(event));
  const pinned = await pinnedFor(sql, event, viewer.id);
  const [last] = await renderMessages(sql, newest);
  return {
    id: event,
    event,
    name,
    people: members.map(({ id, username }) => ({ id, username })),
    last_seq: head?.last_message ?? 0,
    last_entry: head?.last_seq ?? 0,
    last_message: last === undefined ? null : asSeenBy(last, viewer.id),
    unread: await countUnread(sql, { event, viewer: viewer.id, seq: own }),
    unread_mentions: await countUnreadMentions(sql, { event, viewer: viewer.id, seq: own }),
    pins: pinned.map(({ seq }) => seq),
    read: Object.fromEntries(
      members.flatMap(({ id, seq }) => (seq === null || blocked.has(id) ? [] : [[id, seq]])),
    ),
  };
}

/** A person in an event as everybody in it may know them, by id. */
export async function peopleOf(
  sql: Sql,
  event: EventId,
  ids: readonly UserId[],
): Promise<Map<UserId, Person>> {
  const rows = await listPeople(sql, event, ids);
  return new Map(rows.map((row) => [row.id, toPerson(row)]));
}

export async function namesOf(sql: Sql, ids: readonly UserId[]): Promise<Map<UserId, string>> {
  const rows = await listNames(sql, ids);
  return new Map(rows.map(({ id, username }) => [id, username]));
}

/** Who was removed when each of these messages was written: for them it never happened, nor does what becomes of it. */
export async function absenteesOf(
  sql: Sql,
  event: EventId,
  seqs: readonly number[],
): Promise<Map<number, UserId[]>> {
  const rows = Map.groupBy(await listAbsentees(sql, event, seqs), ({ seq }) => seq);
  return new Map([...rows].map(([seq, absent]) => [seq, absent.map(({ user_id }) => user_id)]));
}

/** Which of these messages are deleted. */
export async function deletedOf(sql: Sql, event: EventId, seqs: readonly number[]): Promise<Set<number>> {
  return new Set(await listDeleted(sql, event, seqs));
}
