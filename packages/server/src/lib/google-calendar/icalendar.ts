import { localTimeOf } from "../zoned-time.ts";
import type { BusyItem, Item, SkipReason } from "./items.ts";
import type { Kept } from "./kept.ts";
import { type Moment, roughMs } from "./moments.ts";

const dayMs = 24 * 60 * 60_000;
const lineEnd = "\r\n";

interface TimesAsCalendar {
  readonly text: Uint8Array;
  /** Busy events and series among what is kept, whenever they are. */
  readonly events: number;
  readonly skipped: readonly { readonly reason: SkipReason; readonly count: number }[];
}

/** The range that somebody will look at. */
interface Range {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly maxBytes: number;
}

/**
 * What is kept as iCalendar (RFC 5545) of times alone. Exceptions are events of their own, and their series leaves out the
 * instances that they stand for; single events outside of the range are left out. What does not fit is counted: series
 * come first, then what is soonest.
 */
export function toICalendar(kept: Kept, range: Range): TimesAsCalendar {
  const skipped = new Map<SkipReason, number>();
  const count = (reason: SkipReason, more = 1) => skipped.set(reason, (skipped.get(reason) ?? 0) + more);
  const all: { item: BusyItem; left: readonly Moment[] }[] = [];
  let events = 0;
  for (const { items, dropped } of kept.values()) {
    if (dropped > 0) count("too_many_events", dropped);
    const leftOut = leftOutOf(items);
    for (const [id, item] of items) {
      if (item.is === "skipped") count(item.reason);
      if (item.is !== "busy") continue;
      events++;
      if (item.rules !== undefined || isIn(item, range)) all.push({ item, left: leftOut.get(id) ?? [] });
    }
  }
  const sorted = all.toSorted((a, b) => orderOf(a.item) - orderOf(b.item));
  const lines = new Lines(range.maxBytes);
  for (const { item, left } of sorted) if (!lines.add(eventLines(item, left))) count("too_many_events");
  return { text: lines.end(), events, skipped: [...skipped].map(([reason, n]) => ({ reason, count: n })) };
}

/** The instances for which a series has an exception, by the series. */
function leftOutOf(items: ReadonlyMap<string, Item>): Map<string, Moment[]> {
  const leftOut = new Map<string, Moment[]>();
  for (const item of items.values()) {
    if (item.is === "skipped" || item.master === undefined || item.original === undefined) continue;
    const known = leftOut.get(item.master);
    if (known === undefined) leftOut.set(item.master, [item.original]);
    else known.push(item.original);
  }
  return leftOut;
}

/** A floating day is somewhere within fourteen hours of the one in UTC. */
function isIn({ start, end }: BusyItem, { fromMs, untilMs }: Range): boolean {
  return roughMs(end) + dayMs > fromMs && roughMs(start) - dayMs < untilMs;
}

function orderOf({ rules, start }: BusyItem): number {
  return rules === undefined ? roughMs(start) : -1; // before 1970, when nothing is
}

function eventLines({ start, end, rules = [], zone }: BusyItem, leftOut: readonly Moment[]): string[] {
  // An instance of a day in a series of times is of what the series was before.
  const fitting = leftOut.filter((moment) => typeof moment === typeof start);
  return [
    `DTSTART${value(start, zone)}`,
    `DTEND${value(end, zone)}`,
    ...rules,
    ...fitting.map((moment) => `EXDATE${value(moment, zone)}`),
  ];
}

/** A time of a series is the local one of its zone, so that it stays the same when clocks change. */
function value(moment: Moment, zone: string | undefined): string {
  if (typeof moment === "string") return `;VALUE=DATE:${moment.replaceAll("-", "")}`;
  if (zone === undefined) return `:${basic(new Date(moment).toISOString())}Z`;
  return `;TZID=${zone}:${basic(localTimeOf(moment, zone))}`;
}

/** `2026-03-08T18:00:00.000` as `20260308T180000`. */
function basic(iso: string): string {
  return iso.slice(0, 19).replaceAll(/[-:]/g, "");
}

class Lines {
  readonly #parts = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Jarvis//Times//EN"];
  readonly #ending = `END:VCALENDAR${lineEnd}`;
  readonly #maxBytes: number;
  #bytes: number;
  #number = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#bytes = this.#parts.join(lineEnd).length + lineEnd.length + this.#ending.length;
  }

  /** False where there is no room. Everything is ASCII, so that a character is a byte. */
  add(lines: readonly string[]): boolean {
    const text = ["BEGIN:VEVENT", `UID:${++this.#number}`, ...lines, "END:VEVENT"].join(lineEnd);
    if (this.#bytes + text.length + lineEnd.length > this.#maxBytes) return false;
    this.#parts.push(text);
    this.#bytes += text.length + lineEnd.length;
    return true;
  }

  end(): Uint8Array {
    return new TextEncoder().encode(this.#parts.join(lineEnd) + lineEnd + this.#ending);
  }
}
