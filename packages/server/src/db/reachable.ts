import { sql } from "kysely";
import { type Database, StorageError } from "./database.ts";

/** Whether the store answers a read just now: what a readiness probe asks. */
export async function isReachable(db: Database): Promise<boolean> {
  try {
    await sql`select count(*) from sqlite_schema`.execute(db.read);
    return true;
  } catch (error) {
    if (error instanceof StorageError) return false;
    throw error;
  }
}
