import { type ChatInfo, type EventId, eventStream, type Person, type UserId } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { eventFacts, requireParticipant } from "../events/service.ts";
import { blockedOf } from "../friends/relations.ts";
import { renderRow } from "./messages.ts";
import { listMessagesBefore } from "./messages-store.ts";
import { countUnread, findLastMessage, findReadMarker } from "./readers-store.ts";
import { asSeenBy, toPerson } from "./rules.ts";
import { listAbsentees, listMembers, listNames, listPeople } from "./store.ts";

export async function getChat(ctx: Context, viewer: Viewer, event: EventId): Promise<ChatInfo> {
  const sql = ctx.db.read;
  await requireParticipant(sql, viewer.id, event);
  const { name } = await eventFacts(sql, event);
  const members = await listMembers(sql, event);
  const own = await findReadMarker(sql, event, viewer.id);
  const blocked = new Set(await blockedOf(sql, viewer.id));
  const newest = await listMessagesBefore(sql, { event, viewer: viewer.id, seq: Number.MAX_SAFE_INTEGER }, 1);
  return {
    id: event,
    event,
    name,
    people: members.map(({ id, username }) => ({ id, username })),
    last_seq: await findLastMessage(sql, eventStream(event)),
    last_message: newest.map((row) => asSeenBy(renderRow(row), viewer.id))[0] ?? null,
    unread: await countUnread(sql, { event, viewer: viewer.id, seq: own }),
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

/** Who was removed when a message was written: for them it never happened, nor do its edits. */
export function absenteesOf(sql: Sql, event: EventId, seq: number): Promise<UserId[]> {
  return listAbsentees(sql, event, seq);
}
