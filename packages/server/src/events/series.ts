import type { EventId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Sql, Tx } from "../db/database.ts";
import { badRule, expandFromStart, requireRule, startNotGiven, type Starts } from "./expansion.ts";
import { newOccurrence } from "./occurrences.ts";
import { findFirst, insertOccurrences, type PartRow, replaceParts } from "./series-store.ts";
import { anchorOf, templateTimes } from "./series-times.ts";
import { type EventRow, insertEvent } from "./store.ts";

/** A series that is not stored yet: its row, what its occurrences are made with, and when they take place. */
export interface NewSeries {
  row: EventRow;
  part: PartRow;
  starts: readonly number[];
}

/** What an event comes to when it recurs: its own start is the first. */
export async function planSeries(
  ctx: Pick<Context, "calendars" | "clock">,
  event: EventRow,
  recurrence: string,
): Promise<NewSeries> {
  const rule = requireRule(recurrence);
  const anchor = anchorOf(event, event.time_zone);
  if (event.start_ms === null) throw badRule("needs a start_time, or a start_date with all_day");
  if (anchor === null) throw badRule(startNotGiven);
  const repeating = { rule, anchor, zone: event.time_zone };
  const { starts, until_ms }: Starts = await expandFromStart(ctx, repeating, event.start_ms);
  const part = { ...partOf(event, anchor), ...repeating, from_ms: event.start_ms, until_ms };
  return { row: { ...event, kind: "series", recurrence: rule }, part, starts };
}

/** What occurrences of an event are made with. */
function partOf(
  event: EventRow,
  anchor: string,
): Omit<PartRow, "rule" | "anchor" | "zone" | "from_ms" | "until_ms"> {
  const { id, name, description, time_zone, capacity } = event;
  const { place_name, place_address, place_latitude, place_longitude } = event;
  const place = { place_name, place_address, place_latitude, place_longitude };
  return { series_id: id, name, description, time_zone, capacity, ...place, ...templateTimes(event, anchor) };
}

/** A new series with its occurrences. */
export async function insertSeries(ctx: Context, tx: Tx, { row, part, starts }: NewSeries): Promise<void> {
  const rows = starts.map((start) => newOccurrence(row, part, start, ctx.clock.now()));
  const [first] = rows;
  await insertEvent(tx.sql, first === undefined ? row : { ...row, ...timesOf(first) });
  await replaceParts(tx.sql, row.id, [part]);
  await insertOccurrences(tx.sql, rows);
}

export function timesOf({ start_ms, duration_ms, all_day, start_date, end_date }: EventRow) {
  return { start_ms, duration_ms, all_day, start_date, end_date };
}

/** A series reads when its first occurrence takes place. */
export async function firstTimes(sql: Sql, series: EventId): Promise<ReturnType<typeof timesOf> | null> {
  const first = await findFirst(sql, series);
  return first === undefined ? null : timesOf(first);
}
