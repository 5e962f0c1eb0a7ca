import { type Kysely, sql } from "kysely";

const statements = [
  `create table tombstone (user_id text primary key, erased_ms integer not null) without rowid`,
  `create table idempotency (
    user_id text not null, method text not null, path text not null, key text not null,
    body_hash blob not null, created_id text not null, created_ms integer not null,
    primary key (user_id, method, path, key)
  ) without rowid`,
  `create index idempotency_age on idempotency (created_ms)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
