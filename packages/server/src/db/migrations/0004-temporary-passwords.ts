import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table "user" add column password_expires_ms integer`.execute(db);
}
