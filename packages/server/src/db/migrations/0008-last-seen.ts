import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table last_seen (user_id text primary key, seen_ms integer not null) without rowid`.execute(
    db,
  );
}
