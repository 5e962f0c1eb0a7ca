import type { EventId } from "@jarvis/contract";
import { type RawBuilder, type SqlBool, sql as fragment } from "kysely";
import { prepared } from "../prepared.ts";
import type { ChatIndexTable, Schema } from "../schema.ts";
import type { Sql } from "../session.ts";
import { Tokenizer } from "./tokens.ts";
import type { WordIndex, WordQuery } from "./types.ts";

const insertIndex = prepared((db, p: { event: EventId }) =>
  // Words lie by their chat here: the number that holds them together in FTS5 is of no use.
  db.insertInto("chat_index").values({ event_id: p.event, number: 0, indexed_seq: 0 }).returningAll(),
);

const textsAfter = prepared((db, p: { event: EventId; after: number; upTo: number }) =>
  db
    .selectFrom("message")
    .select(["seq", "text"])
    .where("event_id", "=", p.event)
    .where("seq", ">", p.after)
    .where("seq", "<=", p.upTo)
    .where("text", "!=", ""),
);

const deleteWords = prepared((db, p: { event: EventId; seq: number }) =>
  db.deleteFrom("message_word").where("event_id", "=", p.event).where("seq", "=", p.seq),
);

let made: Tokenizer | undefined;

function tokenizer(): Tokenizer {
  return (made ??= new Tokenizer());
}

/** A row for each word of each message. */
export const postgresWords: WordIndex = {
  async insert(sql, event) {
    const row = await insertIndex.first(sql, { event });
    if (row === undefined) throw new Error("a chat got no index");
    return row;
  },
  async add(sql, { event_id: event, indexed_seq: after }, upTo) {
    await insertWords(sql, event, await textsAfter.all(sql, { event, after, upTo }));
  },
  async change(sql, { event_id: event }, { seq, after }) {
    await deleteWords.run(sql, { event, seq });
    if (after !== "") await insertWords(sql, event, [{ seq, text: after }]);
  },
  async clear(sql, { event_id: event }) {
    await sql.deleteFrom("message_word").where("event_id", "=", event).execute();
  },
  async list(sql, chat, query) {
    const phrases = wantedOf(query);
    if (phrases.length === 0) return [];
    let select = sql
      .selectFrom("message_word as w")
      .select("w.seq")
      .distinct()
      .where("w.event_id", "=", chat.event_id)
      .where("w.seq", "<", query.before);
    for (const [index, phrase] of phrases.entries())
      select = select.where(index === 0 ? follow("w", phrase) : contains(chat, phrase));
    const rows = await select.orderBy("w.seq", "desc").limit(query.limit).execute();
    return rows.map(({ seq }) => seq);
  },
};

/** The protocol counts parameters with sixteen bits. */
const rowsAtOnce = 4_000;

async function insertWords(
  sql: Sql,
  event: EventId,
  messages: readonly { seq: number; text: string }[],
): Promise<void> {
  const found = tokenizer().tokensOf(messages.map(({ text }) => text));
  const rows = messages.flatMap(({ seq }, index) =>
    (found[index] ?? []).map(({ word, place }) => ({ event_id: event, word, seq, place })),
  );
  for (let from = 0; from < rows.length; from += rowsAtOnce)
    await sql
      .insertInto("message_word")
      .values(rows.slice(from, from + rowsAtOnce))
      .execute();
}

interface Wanted {
  readonly words: readonly string[];
  /** Whether the last word is the beginning of one. */
  readonly prefix: boolean;
}

/** A phrase without any word is passed over, as FTS5 does. */
function wantedOf({ phrases, prefix }: WordQuery): Wanted[] {
  const found = tokenizer().tokensOf(phrases);
  return found.flatMap((tokens, index) =>
    tokens.length === 0
      ? []
      : [{ words: tokens.map(({ word }) => word), prefix: prefix && index === phrases.length - 1 }],
  );
}

/** That a message has the phrase somewhere. */
function contains({ event_id: event }: ChatIndexTable, phrase: Wanted): RawBuilder<SqlBool> {
  return fragment<SqlBool>`exists (select 1 from message_word as p
    where p.event_id = ${event} and p.seq = w.seq and ${follow("p", phrase)})`;
}

/** That the phrase begins with the row of this name. */
function follow(name: "w" | "p", { words, prefix }: Wanted): RawBuilder<SqlBool> {
  const [first = "", ...more] = words;
  const conditions = [wordIs(name, first, prefix && more.length === 0)];
  for (const [index, word] of more.entries()) {
    const isPrefix = prefix && index === more.length - 1;
    conditions.push(fragment<SqlBool>`exists (select 1 from message_word as n
      where n.event_id = ${fragment.ref(`${name}.event_id`)} and n.seq = ${fragment.ref(`${name}.seq`)}
      and n.place = ${fragment.ref(`${name}.place`)} + ${fragment.lit(index + 1)} and ${wordIs("n", word, isPrefix)})`);
  }
  return fragment<SqlBool>`(${fragment.join(conditions, fragment` and `)})`;
}

/** By bytes no word that begins so is beyond it with the last character there is. */
function wordIs(name: "w" | "p" | "n", word: string, prefix: boolean): RawBuilder<SqlBool> {
  const column = fragment.ref<Schema["message_word"]["word"]>(`${name}.word`);
  if (!prefix) return fragment<SqlBool>`${column} = ${word}`;
  return fragment<SqlBool>`${column} >= ${word} and ${column} <= ${`${word}\u{10FFFF}`}`;
}
