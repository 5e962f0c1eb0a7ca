import { sql } from "kysely";
import type { Database } from "./database.ts";

/** Reads a little, as a readiness probe asks; throws when the store does not answer. */
export async function reachStore(db: Database): Promise<void> {
  await sql`select count(*) from sqlite_schema`.execute(db.read);
}
