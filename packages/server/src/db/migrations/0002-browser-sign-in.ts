import { type Kysely, sql } from "kysely";

const statements = [
  `alter table session add column signed_in_ms integer`,
  `alter table session add column opened_by text`,
  `create table passkey (
    credential_id text primary key, id text not null, user_id text not null, public_key blob not null,
    counter integer not null, transports text not null, name text not null,
    created_ms integer not null, used_ms integer
  ) without rowid`,
  `create index passkey_user on passkey (user_id)`,
  `create table passkey_challenge (hash blob primary key, bound_to text, expires_ms integer not null) without rowid`,
  `create index passkey_challenge_expiry on passkey_challenge (expires_ms)`,
  `create table sign_in_flow (
    hash blob primary key, issuer text not null, return_path text not null, expires_ms integer not null
  ) without rowid`,
  `create index sign_in_flow_expiry on sign_in_flow (expires_ms)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
