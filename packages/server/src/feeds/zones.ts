import { BoundedMap } from "../lib/bounded-map.ts";
import { writeComponent } from "../lib/icalendar.ts";
import { vtimezone } from "../lib/vtimezone.ts";

/** A zone that local times of a calendar are in, and the year from which on. */
export interface ZoneUse {
  readonly zone: string;
  readonly fromYear: number;
}

/** Where clocks are changed by no rule, so many years beyond this one are told one by one. */
const yearsAhead = 3;
const cachedAtMost = 500;

const written = new BoundedMap<string, string>(cachedAtMost);

/** The last year of which calendars are told: it is part of what they say. */
export function lastYear(now: number): number {
  return new Date(now).getUTCFullYear() + yearsAhead;
}

/** Every zone once, from the earliest year on that something needs. */
export function zoneParts(uses: readonly ZoneUse[], now: number): string[] {
  const years = new Map<string, number>();
  for (const { zone, fromYear } of uses)
    years.set(zone, Math.min(fromYear, years.get(zone) ?? Number.POSITIVE_INFINITY));
  return [...years].map(([zone, fromYear]) => write(zone, fromYear, lastYear(now)));
}

function write(zone: string, fromYear: number, untilYear: number): string {
  const key = `${zone} ${fromYear} ${untilYear}`;
  const known = written.get(key) ?? writeComponent(vtimezone(zone, fromYear, untilYear));
  written.set(key, known);
  return known;
}
