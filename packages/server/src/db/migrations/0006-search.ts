import { type Kysely, sql } from "kysely";

/**
 * `message_text` keeps no text, only the words: what is taken out of a message is taken out of it with the text at hand.
 * With `secure-delete` no trace of a word stays in its pages.
 */
const statements = [
  `create table chat_index (
    event_id text primary key, number integer not null, indexed_seq integer not null
  ) without rowid`,
  `create unique index chat_index_number on chat_index (number)`,
  `create virtual table message_text using fts5(
    text, content = '', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
  )`,
  `insert into message_text (message_text, rank) values ('secure-delete', 1)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
