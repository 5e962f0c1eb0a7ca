import { type Kysely, sql } from "kysely";

const statements = [
  `create table start_point (
    event_id text not null, user_id text not null, latitude real not null, longitude real not null,
    mode text not null, updated_ms integer not null, primary key (event_id, user_id)
  ) without rowid`,
  `create index start_point_user on start_point (user_id, event_id)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
