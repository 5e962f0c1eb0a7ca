import { type Kysely, sql } from "kysely";

const statements = [
  `create table journey (
    event_id text not null, user_id text not null, start_ms integer not null,
    place_latitude real not null, place_longitude real not null,
    leave_told_ms integer, late_s integer, late_told_ms integer, arrived_ms integer,
    primary key (event_id, user_id)
  ) without rowid`,
  `create index journey_user on journey (user_id)`,
  `create index journey_start on journey (start_ms)`,
  `create table detour (
    user_id text not null, mode text not null, factor real not null, journeys integer not null,
    updated_ms integer not null,
    primary key (user_id, mode)
  ) without rowid`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
