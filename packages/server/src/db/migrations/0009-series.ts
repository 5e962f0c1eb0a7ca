import { type Kysely, sql } from "kysely";

const statements = [
  `alter table event add column kind text not null default 'single'`,
  `alter table event add column group_id text not null default ''`,
  `alter table event add column original_start_ms integer`,
  `alter table event add column all_day integer not null default 0`,
  `alter table event add column start_date text`,
  `alter table event add column end_date text`,
  `alter table event add column recurrence text`,
  `alter table event add column own_columns text`,
  `update event set group_id = id`,
  `create index event_group on event (group_id, start_ms)`,
  `create table occurrence_rsvp (
    event_id text not null, user_id text not null, group_id text not null, rsvp text not null,
    answered_ms integer not null, primary key (event_id, user_id)
  ) without rowid`,
  `create index occurrence_rsvp_group on occurrence_rsvp (group_id, user_id)`,
  `create table series_part (
    series_id text not null, from_ms integer not null, rule text not null, anchor text not null, zone text not null,
    until_ms integer, name text not null, description text not null, time_zone text not null, local_time text,
    duration_ms integer not null, days integer, capacity integer, place_name text, place_address text, place_latitude real,
    place_longitude real, primary key (series_id, from_ms)
  ) without rowid`,
  `create index series_part_until on series_part (until_ms) where until_ms is not null`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
