import type { entriesAfter } from "../streams/service.ts";
import type { Entry } from "./render.ts";

/** An entry as the store has it; its data is JSON that this server wrote. */
export function parseRow(row: Awaited<ReturnType<typeof entriesAfter>>[number]): Entry {
  return { ...row, data: JSON.parse(row.data) as Record<string, unknown> };
}
