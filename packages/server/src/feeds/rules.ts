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

/** When something takes place. Floating dates of whole days, the end excluded, are never read in a zone. */
export interface Times {
  readonly start_ms: number;
  readonly duration_ms: number;
  readonly start_date: string | null;
  readonly end_date: string | null;
}

/** What it is called, and where it is. */
export interface Details {
  readonly name: string;
  readonly description: string;
  readonly place_name: string | null;
  readonly place_address: string | null;
  readonly place_latitude: number | null;
  readonly place_longitude: number | null;
}

/** A plain event or a series, and the part that the person has in it whose calendar it is in. */
export interface Entry extends Times, Details {
  readonly id: string;
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

/** Calendars take a change only where this number grows: with the event's, and with the person's own answers. */
export function sequenceOf({ version, answers }: Pick<Entry, "version" | "answers">): number {
  return version - 1 + answers;
}

/** When what the calendar shows was changed: never the clock's time, so that the same is told in the same words. */
export function changedMs({ updated_ms, answered_ms }: Pick<Entry, "updated_ms" | "answered_ms">): number {
  return Math.max(updated_ms, answered_ms ?? 0);
}

export type CalendarStatus = "CONFIRMED" | "TENTATIVE" | "CANCELLED";

export function calendarStatus({ cancelled, rsvp }: Pick<Entry, "cancelled" | "rsvp">): CalendarStatus {
  if (cancelled === 1) return "CANCELLED";
  return rsvp === "accepted" ? "CONFIRMED" : "TENTATIVE";
}

const compared = [
  "start_ms",
  "duration_ms",
  "start_date",
  "end_date",
  "name",
  "description",
  "place_name",
  "place_address",
  "place_latitude",
  "place_longitude",
] as const satisfies (keyof (Times & Details))[];

/** Whether a calendar would show the two alike. */
export function isAlike(one: Times & Details, other: Times & Details): boolean {
  return compared.every((key) => one[key] === other[key]);
}
