import { type Kysely, sql } from "kysely";

const statements = [
  `alter table "user" add column hours text`,
  `alter table "user" add column travel_buffer integer not null default 0`,
  `create table availability (
    event_id text not null, user_id text not null, from_ms integer not null, to_ms integer not null,
    updated_ms integer not null, primary key (event_id, user_id)
  ) without rowid`,
  `create index availability_user on availability (user_id, event_id)`,
  `create index availability_end on availability (to_ms)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
