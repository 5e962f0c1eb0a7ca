/** What the process that reads calendars is asked, and answers. */

export interface ExpandRequest {
  /** RFC 5545, 3.3.10, with or without `RRULE:`. */
  readonly rule: string;
  /** Local time of the first instance: `2026-03-08T18:00:00`. */
  readonly start: string;
  /** IANA name. */
  readonly timeZone: string;
  /** Instances that begin at or after `fromMs` and before `untilMs`, at most `limit`. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly limit: number;
}

/** `not_synchronised`: the rule's own first instance is not the start. */
type ExpandFault = "bad_rule" | "not_synchronised" | "too_expensive";

/** When instances begin, in milliseconds since 1970, ascending; whether there are more in the range than the limit. */
export type Expanded =
  | { readonly starts: number[]; readonly more: boolean }
  | { readonly fault: ExpandFault };

export interface ReadRequest {
  /** iCalendar, at most 1 MiB, or what was `kept` of one. */
  readonly text: Uint8Array;
  /** IANA name of the person's zone: whole days and floating times are theirs. */
  readonly timeZone: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

export type SkipReason =
  | "bad_date"
  | "bad_rule"
  | "unknown_zone"
  | "too_many_instances"
  | "too_long"
  | "duplicate"
  | "too_many_events";

export interface Skipped {
  readonly reason: SkipReason;
  readonly count: number;
}

export interface CalendarTimes {
  /** Pairs [first, after-last) of quarters of an hour since 1970, rounded outward, merged, ascending, inside the range. */
  readonly busy: Uint32Array;
  /** Events and free/busy periods that were understood. */
  readonly events: number;
  readonly skipped: Skipped[];
  /** The calendar's times alone, compressed: what `read` can read again. */
  readonly kept: Uint8Array;
  /** How often the calendar asks to be fetched, or null. */
  readonly refreshMs: number | null;
}

export type ReadFault = "not_a_calendar" | "too_large" | "too_expensive";
export type ReadOutcome = CalendarTimes | { readonly fault: ReadFault };

export type Job =
  | { readonly kind: "expand"; readonly request: ExpandRequest }
  | { readonly kind: "read"; readonly request: ReadRequest };

/** What the process says: that it has started, or how the job ended. */
export type Said =
  | { readonly kind: "ready" }
  | { readonly kind: "expand"; readonly outcome: Expanded }
  | { readonly kind: "read"; readonly outcome: ReadOutcome };

export const maxTextBytes = 1024 * 1024;
