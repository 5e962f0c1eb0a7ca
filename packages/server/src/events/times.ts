import { limits } from "@jarvis/contract";
import { addDays, daysBetween, startOfDay } from "../lib/zoned-time.ts";

const daySeconds = 24 * 60 * 60;
const daysAtMost = limits.durationMaxS / daySeconds;

/** When an event takes place, as its row has it. */
export interface TimeColumns {
  start_ms: number | null;
  duration_ms: number;
  all_day: number;
  start_date: string | null;
  end_date: string | null;
}

/** What a call says of the time: unix seconds, seconds, dates. */
interface TimeInput {
  start_time?: number | null | undefined;
  duration?: number | undefined;
  all_day?: boolean | undefined;
  start_date?: string | null | undefined;
  end_date?: string | null | undefined;
}

/** What of an input cannot be. */
export interface Fault {
  path: string;
  message: string;
}

export function isFault(found: object): found is Fault {
  return "path" in found;
}

/** Whole days from … to, the end excluded; start and duration follow from the zone they are spent in. */
export function wholeDays(start_date: string, end_date: string, timeZone: string): TimeColumns | Fault {
  const days = daysBetween(start_date, end_date);
  if (days < 1) return { path: "end_date", message: "must come after start_date" };
  if (days > daysAtMost) return { path: "end_date", message: `is more than ${daysAtMost} days later` };
  const start_ms = startOfDay(start_date, timeZone);
  return {
    start_ms,
    duration_ms: startOfDay(end_date, timeZone) - start_ms,
    all_day: 1,
    start_date,
    end_date,
  };
}

/** The time of a new event. */
export function newTimes(input: TimeInput, timeZone: string): TimeColumns | Fault {
  if (input.all_day === true) return daysOf(input, null, timeZone);
  const fault = datesFault(input);
  if (fault !== null) return fault;
  if (input.duration === undefined) return { path: "duration", message: "is needed" };
  return timed(toMs(input.start_time ?? null), toDuration(input.duration));
}

/** What a change says of the time; the zone is the one that the event has after it. */
export function changedTimes(before: TimeColumns, input: TimeInput, timeZone: string): TimeColumns | Fault {
  const isCleared = input.start_time === null && input.all_day !== true;
  const wholeDay = input.all_day ?? (before.all_day === 1 && !isCleared);
  if (wholeDay) return daysOf(input, before, timeZone);
  const fault = datesFault(input);
  if (fault !== null) return fault;
  if (before.all_day === 1 && input.start_time === undefined)
    return { path: "start_time", message: "is needed instead of dates" };
  const start_ms = input.start_time === undefined ? before.start_ms : toMs(input.start_time);
  return timed(start_ms, input.duration === undefined ? before.duration_ms : toDuration(input.duration));
}

function daysOf(input: TimeInput, before: TimeColumns | null, timeZone: string): TimeColumns | Fault {
  for (const path of ["start_time", "duration"] as const)
    if ((input[path] ?? null) !== null) return { path, message: "follows from the dates of whole days" };
  const start = input.start_date ?? before?.start_date ?? null;
  if (start === null) return { path: "start_date", message: "is needed for whole days" };
  const kept = (input.start_date ?? null) === null ? before?.end_date : null;
  return wholeDays(start, input.end_date ?? kept ?? addDays(start, 1), timeZone);
}

function datesFault(input: TimeInput): Fault | null {
  for (const path of ["start_date", "end_date"] as const)
    if ((input[path] ?? null) !== null)
      return { path, message: "is for whole days: all_day is needed with it" };
  return null;
}

function timed(start_ms: number | null, duration_ms: number): TimeColumns {
  return { start_ms, duration_ms, all_day: 0, start_date: null, end_date: null };
}

function toMs(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * 1000);
}

function toDuration(seconds: number): number {
  return Math.round(seconds * 1000);
}
