import { addDays, daysBetween, instantOf, localTimeOf } from "../lib/zoned-time.ts";
import type { EventRow } from "./store.ts";
import type { PartRow } from "./series-store.ts";
import { isFault, type TimeColumns, wholeDays } from "./times.ts";

/** The local time of a series' beginning, from which its rule goes on; null where no clock shows it first then. */
export function anchorOf(times: TimeColumns, timeZone: string): string | null {
  if (times.start_date !== null) return `${times.start_date}T00:00:00`;
  if (times.start_ms === null) return null;
  const anchor = localTimeOf(times.start_ms, timeZone);
  return instantOf(anchor, timeZone) === times.start_ms ? anchor : null;
}

/** How a part has its occurrences' times. */
export function templateTimes(
  times: TimeColumns,
  anchor: string,
): Pick<PartRow, "local_time" | "duration_ms" | "days"> {
  const { start_date, end_date, duration_ms } = times;
  if (start_date === null || end_date === null)
    return { local_time: anchor.slice("2026-03-08T".length), duration_ms, days: null };
  return { local_time: null, duration_ms, days: daysBetween(start_date, end_date) };
}

/** The day that the rule gave for an original start: a gap at midnight may have moved the start to the next. */
export function originalDate({ anchor, zone }: Pick<PartRow, "anchor" | "zone">, originalMs: number): string {
  const [, time = ""] = anchor.split("T");
  const date = localTimeOf(originalMs, zone).slice(0, "2026-03-08".length);
  const before = addDays(date, -1);
  return instantOf(`${date}T${time}`, zone) !== originalMs &&
    instantOf(`${before}T${time}`, zone) === originalMs
    ? before
    : date;
}

/** When the occurrence of an original start takes place, as the part has it. */
export function timesAt(part: PartRow, originalMs: number): TimeColumns {
  const date = originalDate(part, originalMs);
  const { local_time, time_zone, duration_ms, days } = part;
  if (local_time === null) return daysFrom(date, days ?? 1, time_zone);
  const start_ms = instantOf(`${date}T${local_time}`, time_zone);
  return { start_ms, duration_ms, all_day: 0, start_date: null, end_date: null };
}

function daysFrom(date: string, days: number, timeZone: string): TimeColumns {
  const times = wholeDays(date, addDays(date, days), timeZone);
  if (isFault(times)) throw new Error(`a part of a series has ${days} days`); // they were looked at when it was made
  return times;
}

/** The same for an occurrence that was given a time of its own: whole days follow the zone. */
export function ownTimes(row: EventRow, timeZone: string): TimeColumns {
  const { start_ms, duration_ms, all_day, start_date, end_date } = row;
  if (start_date !== null && end_date !== null)
    return daysFrom(start_date, daysBetween(start_date, end_date), timeZone);
  return { start_ms, duration_ms, all_day, start_date, end_date };
}
