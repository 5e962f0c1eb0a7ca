import type { EventId } from "@jarvis/contract";
import { prepared } from "../prepared.ts";
import type { ChatIndexTable } from "../schema.ts";
import type { WordIndex, WordQuery } from "./types.ts";

/** So many messages a chat may have before its rows of the index would reach the next chat's. */
const seqsPerChat = 2 ** 28;

/** The rows of the index that are one chat's: both ends excluded. */
function rowsOf(chat: ChatIndexTable): { first: number; last: number } {
  return { first: chat.number * seqsPerChat, last: (chat.number + 1) * seqsPerChat };
}

const insertIndex = prepared((db, p: { event: EventId }) =>
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

interface Messages {
  event: EventId;
  first: number;
  after: number;
  upTo: number;
}

const addWords = prepared((db, p: Messages) =>
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

const insertText = prepared((db, p: { rowid: number; text: string }) =>
  db.insertInto("message_text").values({ rowid: p.rowid, text: p.text }),
);

const deleteText = prepared((db, p: { rowid: number; text: string }) =>
  db.insertInto("message_text").values({ message_text: "delete", rowid: p.rowid, text: p.text }),
);

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

/** FTS5, for all chats together. */
export const sqliteWords: WordIndex = {
  async insert(sql, event) {
    const made = await insertIndex.first(sql, { event });
    if (made === undefined) throw new Error("a chat got no index");
    return made;
  },
  async add(sql, chat, upTo) {
    const { event_id: event, indexed_seq: after } = chat;
    await addWords.run(sql, { event, first: rowsOf(chat).first, after, upTo });
  },
  async change(sql, chat, message) {
    const rowid = rowsOf(chat).first + message.seq;
    if (message.before !== "") await deleteText.run(sql, { rowid, text: message.before });
    if (message.after !== "") await insertText.run(sql, { rowid, text: message.after });
  },
  async clear(sql, chat) {
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
  },
  async list(sql, chat, query) {
    const { first, last } = rowsOf(chat);
    const before = Math.min(first + query.before, last);
    const words = queryOf(query);
    const rows = await matches.all(sql, { words, after: first, before, limit: query.limit });
    return rows.map(({ rowid }) => rowid - first);
  },
};

/** Each phrase is quoted, so that nothing in it is an operator. */
function queryOf({ phrases, prefix }: WordQuery): string {
  const quoted = phrases.map((phrase) => `"${phrase.replaceAll('"', '""')}"`).join(" ");
  return prefix ? `${quoted}*` : quoted;
}
