import { type EventId, eventStream } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { nextTurn } from "../lib/turn.ts";
import { deleteIndex, findIndex, indexUpTo, insertIndex, updateWords } from "./search-store.ts";
import { findLastMessage } from "./readers-store.ts";

/** Messages of one unit of work: what it takes holds others up for about a millisecond. */
const pageSize = 200;

/**
 * Brings the index of a chat up to its newest message. A message is indexed when somebody searches, not when it is sent:
 * sending stays cheap, and chats that nobody searches cost nothing.
 */
export async function catchUp(ctx: Context, event: EventId): Promise<void> {
  while (await advance(ctx, event)) await nextTurn();
}

/** One page; false when nothing is left. Several searches may do so at once: each unit begins where the index stands. */
function advance(ctx: Context, event: EventId): Promise<boolean> {
  return ctx.db.write(async (tx) => {
    const newest = await findLastMessage(tx.sql, eventStream(event));
    const chat = (await findIndex(tx.sql, event)) ?? (await insertIndex(tx.sql, event));
    const upTo = Math.min(newest, chat.indexed_seq + pageSize);
    if (upTo > chat.indexed_seq) await indexUpTo(tx.sql, chat, upTo);
    return upTo < newest;
  });
}

/** In the unit that changes or (with `after` empty) deletes a message's text. */
export async function reindex(
  sql: Sql,
  event: EventId,
  message: { seq: number; before: string; after: string },
): Promise<void> {
  const chat = await findIndex(sql, event);
  if (chat !== undefined && message.seq <= chat.indexed_seq) await updateWords(sql, chat, message);
}

/** In the unit that deletes a chat's messages, before it does. */
export async function forgetIndex(sql: Sql, event: EventId): Promise<void> {
  const chat = await findIndex(sql, event);
  if (chat !== undefined) await deleteIndex(sql, chat);
}
