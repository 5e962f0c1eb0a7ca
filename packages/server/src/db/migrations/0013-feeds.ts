import { type Kysely, sql } from "kysely";

const statements = [
  `create table feed (
    hash blob primary key, user_id text not null, id text not null, kind text not null,
    created_ms integer not null, used_ms integer,
    etag text, changed_ms integer
  ) without rowid`,
  `create index feed_user on feed (user_id)`,
  `alter table participant add column answers integer not null default 0`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
