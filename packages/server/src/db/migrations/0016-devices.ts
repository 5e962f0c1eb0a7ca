import { type Kysely, sql } from "kysely";

const statements = [
  `create table device (
    hash blob primary key, id text not null, user_id text not null, name text not null, friends integer not null,
    created_ms integer not null, used_ms integer, app text, problem text, problem_ms integer,
    region_event text, region_hash text
  ) without rowid`,
  `create index device_user on device (user_id)`,
  `create table device_tid (
    device_id text not null, user_id text not null, owner_id text not null, tid text not null,
    primary key (device_id, user_id)
  ) without rowid`,
  `create unique index device_tid_tid on device_tid (device_id, tid)`,
  `create index device_tid_user on device_tid (user_id)`,
  `create index device_tid_owner on device_tid (owner_id)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
