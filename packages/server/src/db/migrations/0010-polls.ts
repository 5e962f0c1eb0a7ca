import { type Kysely, sql } from "kysely";

const statements = [
  `create table poll (
    event_id text primary key, version integer not null, deadline_ms integer, hidden integer not null, chosen text
  ) without rowid`,
  `create table poll_option (
    event_id text not null, id text not null, slot integer not null, start_ms integer, duration_ms integer, date text,
    primary key (event_id, id)
  ) without rowid`,
  `create unique index poll_option_slot on poll_option (event_id, slot)`,
  `create table poll_vote (
    event_id text not null, user_id text not null, votes text not null, secret integer not null,
    primary key (event_id, user_id)
  ) without rowid`,
  `create table poll_required (
    event_id text not null, user_id text not null, primary key (event_id, user_id)
  ) without rowid`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
