import type { Calendar } from "@jarvis/contract";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Entries that were passed over, and why. */
export type Skipped = Calendar["skipped"];

/** What was read of a calendar, for a time zone and a range. */
export interface Reading {
  /** Pairs of quarters of an hour since 1970, the end excluded: merged, ascending. */
  readonly busy: Uint32Array;
  readonly events: number;
  readonly skipped: Skipped;
  readonly kept: Uint8Array;
  readonly zone: string;
  readonly range: Range;
}

export interface Range {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Why a calendar could not be read. What is refused and what does not answer are one: `unreachable`. */
type FailureCode = "unreachable" | "gone" | "denied" | "not_a_calendar" | "too_large" | "too_expensive";

/** What came of an attempt to read a calendar. */
export type Outcome = ReadOutcome | UnchangedOutcome | FailedOutcome;

export interface ReadOutcome {
  readonly kind: "read";
  readonly reading: Reading;
  /** How often the calendar itself wants to be read. */
  readonly refreshMs: number | null;
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** As it was the last time: what is known of it stays. */
interface UnchangedOutcome {
  readonly kind: "unchanged";
}

interface FailedOutcome {
  readonly kind: "failed";
  readonly code: FailureCode | (string & {});
  /** It is of no use to try again. */
  readonly revoked?: boolean;
}

/** What is read of a calendar: all that anybody may ask for (400 days ahead), and what passes until it is read again. */
export function horizon(now: number): Range {
  return { fromMs: now - 2 * day, untilMs: now + 402 * day };
}

/** What was read up to less than this is read again. */
export function horizonEnds(now: number): number {
  return now + 401 * day;
}

const usualMs = hour;
const leastMs = 15 * minute;
const mostMs = day;

/** When to read it again. Jitter spreads what was connected in the same moment, and a restart's crowd. */
export function nextAfterSuccess(now: number, refreshMs: number | null, fraction: number): number {
  const wanted = Math.min(Math.max(refreshMs ?? usualMs, leastMs), mostMs);
  return Math.round(now + wanted * (1 + 0.1 * fraction));
}

/** How long to wait after so many failures, the first being 0: twice as long after each, up to the longest. */
export function backoffMs(failures: number, { firstMs, longestMs }: { firstMs: number; longestMs: number }) {
  return Math.min(firstMs * 2 ** failures, longestMs);
}

/** Less and less often: an hour after the first failure, in the end once a day. */
export function nextAfterFailure(now: number, failures: number, fraction: number): number {
  const wanted = backoffMs(failures - 1, { firstMs: usualMs, longestMs: mostMs });
  return Math.round(now + wanted * (1 + 0.1 * fraction));
}

type Shown = Omit<Calendar, "skipped"> & { skipped: string };

/** A calendar as its owner sees it: without its address. */
export function toCalendar(row: Shown): Calendar {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    host: row.host,
    state: row.state,
    error: row.error,
    events: row.events,
    // Written by this server.
    skipped: JSON.parse(row.skipped) as Skipped,
    fetched_ms: row.fetched_ms,
    next_ms: row.next_ms,
    created_ms: row.created_ms,
  };
}

/** The columns of what was read. */
export function readingColumns({ busy, events, skipped, kept, zone, range }: Reading) {
  return {
    busy: encodeBusy(busy),
    kept,
    zone,
    events,
    skipped: JSON.stringify(skipped),
    busy_from_ms: range.fromMs,
    busy_until_ms: range.untilMs,
  };
}

export function encodeBusy(busy: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(busy.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, quarter] of busy.entries()) view.setUint32(index * 4, quarter, true);
  return bytes;
}

/** By a copy, which is aligned: every machine that this runs on is little-endian. */
export function decodeBusy(bytes: Uint8Array): Uint32Array {
  const copy = new Uint8Array(bytes);
  return new Uint32Array(copy.buffer, 0, copy.length >> 2);
}

interface Told {
  state: string;
  error: string | null;
  events: number;
  skipped: string;
  kept: Uint8Array;
}

/**
 * Whether there is something new about a calendar, beside when it was read. What is kept says whether its times are others;
 * `busy` also changes because time goes on.
 */
export function isTold(before: Told, after: Told): boolean {
  const same = (["state", "error", "events", "skipped"] as const).every((key) => before[key] === after[key]);
  return !same || !isEqual(before.kept, after.kept);
}

export function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** How many quarters of an hour these pairs cover. */
export function busyQuarters(busy: Uint32Array): number {
  return busy.reduce((sum, quarter, index) => (index % 2 === 0 ? sum - quarter : sum + quarter), 0);
}

/** The host of an address that has been read: what is shown of it. */
export function hostOf(url: string): string {
  return URL.parse(url.trim().replace(/^webcals?:/i, "https:"))?.hostname ?? "";
}
