import { type Kysely, sql } from "kysely";
import { calendars } from "./calendars.ts";
import { chat } from "./chat.ts";
import { events } from "./events.ts";
import { people } from "./people.ts";

/**
 * What the migrations up to 0019 come to. Numbers are `bigint`, since instants are milliseconds; floats have the eight bytes
 * that SQLite gives them.
 */
export async function baseline(db: Kysely<unknown>): Promise<void> {
  const statements = [...people, ...events, ...chat, ...calendars];
  // In one text, since each would be a round trip.
  await sql.raw(statements.join(";\n")).execute(db);
}
