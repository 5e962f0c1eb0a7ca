import { type Kysely, sql } from "kysely";

const statements = [
  `alter table message add column mentions text`,
  `alter table message add column reactions_entry integer`,
  `create index message_system on message (event_id, author_id) where system is not null`,
  `create table reaction (
    event_id text not null, user_id text not null, seq integer not null, emoji text not null,
    entry integer not null, since_entry integer not null, primary key (event_id, user_id, seq, emoji)
  ) without rowid`,
  `create unique index reaction_order on reaction (event_id, seq, entry)`,
  `create table mention (
    event_id text not null, user_id text not null, seq integer not null, primary key (event_id, user_id, seq)
  ) without rowid`,
  `create table pin (
    event_id text not null, seq integer not null, entry integer not null, user_id text, primary key (event_id, seq)
  ) without rowid`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
