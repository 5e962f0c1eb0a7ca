import type { EventId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import type { ChatIndexTable } from "../db/schema.ts";
import { type ChangedText, type WordQuery, wordsIn } from "../db/words/word-index.ts";

const index = prepared((db, p: { event: EventId }) =>
  db.selectFrom("chat_index").selectAll().where("event_id", "=", p.event),
);

export function findIndex(sql: Sql, event: EventId): Promise<ChatIndexTable | undefined> {
  return index.first(sql, { event });
}

export function insertIndex(sql: Sql, event: EventId): Promise<ChatIndexTable> {
  return wordsIn(sql).insert(sql, event);
}

const advance = prepared((db, p: { event: EventId; upTo: number }) =>
  db.updateTable("chat_index").set({ indexed_seq: p.upTo }).where("event_id", "=", p.event),
);

/** Takes the chat's messages up to a number into the index. */
export async function indexUpTo(sql: Sql, chat: ChatIndexTable, upTo: number): Promise<void> {
  await wordsIn(sql).add(sql, chat, upTo);
  await advance.run(sql, { event: chat.event_id, upTo });
}

/** Replaces the words of an indexed message; the text before must be the one that was indexed. */
export function updateWords(sql: Sql, chat: ChatIndexTable, message: ChangedText): Promise<void> {
  return wordsIn(sql).change(sql, chat, message);
}

/** Takes all words of a chat out, before its messages are deleted. */
export async function deleteIndex(sql: Sql, chat: ChatIndexTable): Promise<void> {
  await wordsIn(sql).clear(sql, chat);
  await sql.deleteFrom("chat_index").where("event_id", "=", chat.event_id).execute();
}

/** Numbers of the chat's messages that have these words, newest first. */
export function listMatches(sql: Sql, chat: ChatIndexTable, query: WordQuery): Promise<number[]> {
  return wordsIn(sql).list(sql, chat, query);
}
