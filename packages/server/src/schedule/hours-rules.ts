import type { HoursWindow, Weekday } from "@jarvis/contract";
import { mergeSpans, type Span } from "./span-rules.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
/** 1 January 1970 was a Thursday. */
const weekdays: readonly Weekday[] = ["th", "fr", "sa", "su", "mo", "tu", "we"];

/** A stretch of time in which a zone's clocks are as far ahead of UTC as at its start. */
export interface Offset extends Span {
  readonly offsetMs: number;
}

/** The offsets of a zone in a range, one after another without a gap: mostly one, and one more for each change of clocks. */
export function offsetsOf(timeZone: string, { fromMs, toMs }: Span): Offset[] {
  const offsets: Offset[] = [];
  let at = Temporal.Instant.fromEpochMilliseconds(Math.floor(fromMs)).toZonedDateTimeISO(timeZone);
  for (let start = fromMs; start < toMs; ) {
    const next = at.getTimeZoneTransition("next");
    const end = next === null ? toMs : Math.min(toMs, next.epochMilliseconds);
    offsets.push({ fromMs: start, toMs: end, offsetMs: at.offsetNanoseconds / 1e6 });
    start = end;
    if (next !== null) at = next;
  }
  return offsets;
}

/**
 * When it is one of these hours in a range: all moments at which a clock in that zone shows such a time on such a day.
 * So an hour that is skipped is nowhere and one that is repeated counts twice. In order, merged.
 */
export function expandHours(hours: readonly HoursWindow[], offsets: readonly Offset[]): Span[] {
  const byDay = weekdays.map((name) => windowsOf(hours, name));
  const spans: Span[] = [];
  for (const offset of offsets) {
    // What began yesterday may run past midnight.
    const first = Math.floor((offset.fromMs + offset.offsetMs) / day) - 1;
    const last = Math.floor((offset.toMs + offset.offsetMs) / day);
    for (let date = first; date <= last; date++) {
      for (const window of byDay[modulo(date, 7)] ?? []) push(spans, offset, date * day, window);
    }
  }
  return mergeSpans(spans);
}

function push(spans: Span[], offset: Offset, midnightMs: number, window: Span): void {
  const fromMs = Math.max(midnightMs + window.fromMs - offset.offsetMs, offset.fromMs);
  const toMs = Math.min(midnightMs + window.toMs - offset.offsetMs, offset.toMs);
  if (fromMs < toMs) spans.push({ fromMs, toMs });
}

function windowsOf(hours: readonly HoursWindow[], name: Weekday): Span[] {
  return hours
    .filter(({ days }) => days.includes(name))
    .map(({ from, to }) => {
      const fromMs = sinceMidnight(from);
      const toMs = sinceMidnight(to);
      return { fromMs, toMs: toMs < fromMs ? toMs + day : toMs };
    });
}

function sinceMidnight(time: string): number {
  return Number(time.slice(0, 2)) * 60 * minute + Number(time.slice(3)) * minute;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

/** How a time of day looks in that zone: 0 on the full hour, 1 on the half, 2 otherwise. */
export function roundnessOf(atMs: number, offsetMs: number): 0 | 1 | 2 {
  const past = modulo(atMs + offsetMs, 60 * minute);
  if (past === 0) return 0;
  return past === 30 * minute ? 1 : 2;
}
