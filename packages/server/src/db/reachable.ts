import { sql } from "kysely";
import type { Database } from "./database.ts";

/** Reads a little, and writes a little after a write has failed, as a readiness probe asks; throws when that fails. */
export async function reachStore(db: Database): Promise<void> {
  await sql`select name from migration where position = 1`.execute(db.read);
  await db.proveWritable();
}
