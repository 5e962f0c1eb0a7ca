import { type Kysely, sql } from "kysely";

/**
 * Who looked is written down once: `location_view` has all that `share_view` had since it is there. Few looks lie between
 * two of the same sharer, so that the newest of them are found without an index of their own.
 */
const statements = [`drop table share_view`, `drop index location_view_newest`];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
