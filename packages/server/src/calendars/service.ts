import type { UserId } from "@jarvis/contract";
import type { Sql } from "../db/database.ts";
import { decodeBusy } from "./rules.ts";
import { listBusy } from "./store.ts";

/**
 * When these people are busy by the calendars that they have connected, as pairs of quarters of an hour since 1970 (from …
 * to, the end excluded): one array for each calendar. Who has none is absent.
 */
export async function busyOf(sql: Sql, users: readonly UserId[]): Promise<Map<UserId, Uint32Array[]>> {
  const byUser = new Map<UserId, Uint32Array[]>();
  for (const { user_id, busy } of await listBusy(sql, users)) {
    const known = byUser.get(user_id);
    if (known === undefined) byUser.set(user_id, [decodeBusy(busy)]);
    else known.push(decodeBusy(busy));
  }
  return byUser;
}
