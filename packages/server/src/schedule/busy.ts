import type { EventId, UserId } from "@jarvis/contract";
import { busyOf } from "../calendars/service.ts";
import type { Sql } from "../db/database.ts";
import { listCommitments } from "./busy-store.ts";
import type { Span } from "./span-rules.ts";
import { quartersOf } from "./rules.ts";

/**
 * When these people are busy: with events that they have accepted (who may come is free), and by the calendars that
 * they have connected. One array of quarters of an hour for each calendar. Only for people who let it be used.
 */
export async function calendarsOf(
  sql: Sql,
  users: readonly UserId[],
  except: EventId,
  range: Span,
): Promise<Map<UserId, Uint32Array[]>> {
  const rows = await listCommitments(sql, { users, except, ...range });
  const calendars = new Map<UserId, Uint32Array[]>();
  for (const [user, own] of Map.groupBy(rows, ({ user_id }) => user_id)) {
    const spans = own.map(({ start_ms, duration_ms }) => ({
      fromMs: start_ms ?? 0, // never null: the query compares it
      toMs: (start_ms ?? 0) + duration_ms,
    }));
    calendars.set(user, [quartersOf(spans)]);
  }
  for (const [user, imported] of await busyOf(sql, users))
    calendars.set(user, [...(calendars.get(user) ?? []), ...imported]);
  return calendars;
}
