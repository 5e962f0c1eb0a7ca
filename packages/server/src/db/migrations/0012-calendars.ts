import { type Kysely, sql } from "kysely";

const statements = [
  // The two blobs come last: whoever lists calendars reads none of their pages.
  `create table calendar (
    id text primary key, user_id text not null, kind text not null, name text not null, url text, host text,
    state text not null, error text, etag text, last_modified text, zone text not null, events integer not null,
    skipped text not null, failures integer not null, refresh_ms integer, fetched_ms integer not null,
    next_ms integer, created_ms integer not null, busy_from_ms integer not null, busy_until_ms integer not null,
    busy blob not null, kept blob not null
  )`,
  `create index calendar_user on calendar (user_id)`,
  `create index calendar_next on calendar (next_ms) where next_ms is not null`,
  `create index calendar_until on calendar (busy_until_ms)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
