import type { Rsvp } from "@jarvis/contract";

const day = 24 * 60 * 60_000;

/** From … to in milliseconds, the end excluded. */
export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What of a person's time their calendar tells: a look back, and as far ahead as events are planned. */
export function feedRange(now: number): Range {
  return { fromMs: now - 90 * day, toMs: now + 400 * day };
}

/** An event with a time, and the part of the person whose calendar it is in. */
export interface Entry {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly start_ms: number;
  readonly duration_ms: number;
  /** Floating dates of whole days, the end excluded; they are never read in a zone. */
  readonly start_date: string | null;
  readonly end_date: string | null;
  readonly place_name: string | null;
  readonly place_address: string | null;
  readonly place_latitude: number | null;
  readonly place_longitude: number | null;
  readonly cancelled: number;
  readonly version: number;
  readonly created_ms: number;
  readonly updated_ms: number;
  readonly rsvp: Rsvp;
  readonly answers: number;
  readonly answered_ms: number | null;
}

/** Says what an event is called in calendars. The id is unique everywhere and for ever, whatever address the server has. */
export function uidOf(id: string): string {
  return `${id}@jarvis`;
}

/** Calendars take a change only where this number grows: with the event's, and with the person's own answer. */
export function sequenceOf({ version, answers }: Entry): number {
  return version - 1 + answers;
}

/** When what the calendar shows was changed: never the clock's time, so that the same is told in the same words. */
export function changedMs({ updated_ms, answered_ms }: Entry): number {
  return Math.max(updated_ms, answered_ms ?? 0);
}

export type CalendarStatus = "CONFIRMED" | "TENTATIVE" | "CANCELLED";

export function calendarStatus({ cancelled, rsvp }: Pick<Entry, "cancelled" | "rsvp">): CalendarStatus {
  if (cancelled === 1) return "CANCELLED";
  return rsvp === "accepted" ? "CONFIRMED" : "TENTATIVE";
}
