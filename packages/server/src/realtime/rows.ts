import type { EntryTable } from "../db/schema.ts";
import type { Entry } from "./render.ts";

/** An entry as the store has it; its data is JSON that this server wrote. */
export function parseRow(row: EntryTable): Entry {
  return { ...row, data: JSON.parse(row.data) as Record<string, unknown> };
}
