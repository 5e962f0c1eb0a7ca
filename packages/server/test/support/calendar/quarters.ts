import { readJob } from "../../../src/lib/calendar/read-job.ts";
import type { CalendarTimes } from "../../../src/lib/calendar/work.ts";

export interface Asked {
  text: string | Uint8Array;
  timeZone: string;
  from: number;
  to: number;
}

/** Quarters of an hour that are busy by a list of times in seconds, found minute by minute. */
export function quartersOf(
  times: readonly (readonly [start: number, end: number])[],
  { from, to }: { from: number; to: number },
): string[] {
  const quarters = new Set<number>();
  for (const [start, end] of times)
    for (let second = Math.max(start, from); second < Math.min(end, to); second += 60 - (second % 60))
      quarters.add(Math.floor(second / 900));
  return [...quarters].sort((a, b) => a - b).map(quarterText);
}

export function readTimes({ text, timeZone, from, to }: Asked): CalendarTimes {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const outcome = readJob({ text: bytes, timeZone, fromMs: from * 1000, untilMs: to * 1000 });
  if ("fault" in outcome) throw new Error(outcome.fault);
  return outcome;
}

/** The same of what the engine reads. */
export function engineQuarters(asked: Asked): string[] {
  const { busy } = readTimes(asked);
  const quarters: string[] = [];
  for (let index = 0; index < busy.length; index += 2)
    for (let quarter = busy[index] ?? 0; quarter < (busy[index + 1] ?? 0); quarter++)
      quarters.push(quarterText(quarter));
  return quarters;
}

function quarterText(quarter: number): string {
  return new Date(quarter * 900_000).toISOString().slice(0, 16);
}
