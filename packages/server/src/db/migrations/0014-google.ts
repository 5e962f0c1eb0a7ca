import { type Kysely, sql } from "kysely";

const statements = [
  `create table google_calendar (
    calendar_id text primary key, user_id text not null, account text not null, version integer not null,
    refresh_token text not null, kept blob not null
  )`,
  `create unique index google_calendar_account on google_calendar (user_id, account)`,
  `create table google_flow (
    hash blob primary key, user_id text not null, redirect_uri text not null, expires_ms integer not null
  ) without rowid`,
  `create index google_flow_expiry on google_flow (expires_ms)`,
  `create index google_flow_user on google_flow (user_id)`,
  `create table google_revocation (
    id text primary key, account text, refresh_token text not null, failures integer not null,
    next_ms integer not null, created_ms integer not null
  )`,
  `create index google_revocation_next on google_revocation (next_ms)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
