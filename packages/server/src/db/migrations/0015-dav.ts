import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table feed_snapshot (
    user_id text not null, token text not null, told_ms integer not null, objects blob not null,
    primary key (user_id, token)
  ) without rowid`.execute(db);
}
