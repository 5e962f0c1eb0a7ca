import type { EventId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { prepared } from "../db/prepared.ts";
import type { ChatIndexTable } from "../db/schema.ts";

/** So many messages a chat may have before its rows of the index would reach the next chat's. */
const seqsPerChat = 2 ** 28;

/** The rows of the index that are one chat's: both ends excluded. */
export function rowsOf(chat: ChatIndexTable): { first: number; last: number } {
  return { first: chat.number * seqsPerChat, last: (chat.number + 1) * seqsPerChat };
}

const index = prepared((db, p: { event: EventId }) =>
  db.selectFrom("chat_index").selectAll().where("event_id", "=", p.event),
);

export function findIndex(sql: Sql, event: EventId): Promise<ChatIndexTable | undefined> {
  return index.first(sql, { event });
}

const add = prepared((db, p: { event: EventId }) =>
  db
    .insertInto("chat_index")
    .columns(["event_id", "number", "indexed_seq"])
    .expression(
      db
        .selectFrom("chat_index")
        .select((eb) => [
          eb.val(p.event).as("event_id"),
          eb(eb.fn.coalesce(eb.fn.max("number"), eb.lit(0)), "+", 1).as("number"),
          eb.lit(0).as("indexed_seq"),
        ]),
    )
    .returningAll(),
);

export async function insertIndex(sql: Sql, event: EventId): Promise<ChatIndexTable> {
  const made = await add.first(sql, { event });
  if (made === undefined) throw new Error("a chat got no index");
  return made;
}

interface Words {
  event: EventId;
  first: number;
  after: number;
  upTo: number;
}

const addWords = prepared((db, p: Words) =>
  db
    .insertInto("message_text")
    .columns(["rowid", "text"])
    .expression(
      db
        .selectFrom("message")
        .select((eb) => [eb(eb.val(p.first), "+", eb.ref("seq")).as("rowid"), "text"])
        .where("event_id", "=", p.event)
        .where("seq", ">", p.after)
        .where("seq", "<=", p.upTo)
        .where("text", "!=", ""),
    ),
);

const advance = prepared((db, p: { event: EventId; upTo: number }) =>
  db.updateTable("chat_index").set({ indexed_seq: p.upTo }).where("event_id", "=", p.event),
);

/** Takes the chat's messages up to a number into the index. */
export async function indexUpTo(sql: Sql, chat: ChatIndexTable, upTo: number): Promise<void> {
  const { event_id: event, indexed_seq: after } = chat;
  await addWords.run(sql, { event, first: rowsOf(chat).first, after, upTo });
  await advance.run(sql, { event, upTo });
}

const insertText = prepared((db, p: { rowid: number; text: string }) =>
  db.insertInto("message_text").values({ rowid: p.rowid, text: p.text }),
);

const deleteText = prepared((db, p: { rowid: number; text: string }) =>
  db.insertInto("message_text").values({ message_text: "delete", rowid: p.rowid, text: p.text }),
);

/** Replaces the words of an indexed message; the text before must be the one that was indexed. */
export async function updateWords(
  sql: Sql,
  chat: ChatIndexTable,
  message: { seq: number; before: string; after: string },
): Promise<void> {
  const rowid = rowsOf(chat).first + message.seq;
  if (message.before !== "") await deleteText.run(sql, { rowid, text: message.before });
  if (message.after !== "") await insertText.run(sql, { rowid, text: message.after });
}

/** Takes all words of a chat out, before its messages are deleted. */
export async function deleteIndex(sql: Sql, chat: ChatIndexTable): Promise<void> {
  await sql
    .insertInto("message_text")
    .columns(["message_text", "rowid", "text"])
    .expression(
      sql
        .selectFrom("message")
        .select((eb) => [
          eb.val("delete").as("message_text"),
          eb(eb.val(rowsOf(chat).first), "+", eb.ref("seq")).as("rowid"),
          "text",
        ])
        .where("event_id", "=", chat.event_id)
        .where("seq", "<=", chat.indexed_seq)
        .where("text", "!=", ""),
    )
    .execute();
  await sql.deleteFrom("chat_index").where("event_id", "=", chat.event_id).execute();
}

const matches = prepared((db, p: { words: string; after: number; before: number; limit: number }) =>
  db
    .selectFrom("message_text")
    .select("rowid")
    .where("message_text", "match", p.words)
    .where("rowid", ">", p.after)
    .where("rowid", "<", p.before)
    .orderBy("rowid", "desc")
    .limit(p.limit),
);

/** Numbers of the chat's messages before `before` that have these words (an FTS5 query), newest first. */
export async function listMatches(
  sql: Sql,
  chat: ChatIndexTable,
  query: { words: string; before: number; limit: number },
): Promise<number[]> {
  const { first, last } = rowsOf(chat);
  const before = Math.min(first + query.before, last);
  const rows = await matches.all(sql, { words: query.words, after: first, before, limit: query.limit });
  return rows.map(({ rowid }) => rowid - first);
}
