import type { StandInEvent } from "./calendar.ts";

/** Times as `events.list` gives them. */
export function at(dateTime: string) {
  return { dateTime, timeZone: "Europe/Berlin" };
}

export function day(date: string) {
  return { date };
}

export function span(start: string, end: string) {
  return { start: at(start), end: at(end) };
}

/** A series at a local time of Berlin. */
export function series(id: string, start: string, end: string, recurrence: string[]): StandInEvent {
  return { id, ...span(start, end), recurrence };
}
