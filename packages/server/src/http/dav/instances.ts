import { AppError } from "../../lib/app-error.ts";
import type { Calendars } from "../../lib/calendar/calendars.ts";
import { tooManyMatches } from "./errors.ts";
import type { Component } from "../../lib/icalendar.ts";
import { componentsOf, propertiesOf, propertyOf, ruleText } from "./jcal.ts";
import { type EndOf, endOf, overlaps, type Range, type Time, timeOfProperty, timesOf } from "./times.ts";

/** What instances are computed with. */
export interface Expansion {
  /** What the server's calendars do, in a process of their own. */
  readonly expand: Calendars["expandRule"];
  /** Whole days, and times that name no zone, are of this one. */
  readonly floatingZone: string;
}

export interface Instance {
  readonly component: Component;
  readonly start: Time;
  readonly startMs: number;
  readonly endMs: number | null;
}

const page = 500;
const hourMs = 3_600_000;
const earliestMs = Date.UTC(1900, 0, 1);
const latestMs = Date.UTC(2500, 0, 1);

/**
 * Instances of one event of an object that overlap the range, in order, `limit` at most. Those of a series that were
 * moved or cancelled by themselves are events of their own, and no instances of the series.
 */
export async function instancesOf(
  calendar: Component,
  event: Component,
  range: Range,
  expansion: Expansion,
  limit: number,
): Promise<Instance[]> {
  const { floatingZone } = expansion;
  const start = timeOfProperty(event, "dtstart", floatingZone);
  if (start === undefined) return [];
  const end = endOf(event, start, floatingZone);
  const at = (startMs: number): Instance => ({ component: event, start, startMs, endMs: end(startMs) });
  const isWanted = (instance: Instance) => overlaps(range, instance);
  const rule = propertyOf(event, "rrule")?.[3];
  const dates = [...timesIn(event, "rdate", floatingZone), start].map(({ ms }) => ms);
  const excluded = new Set(excludedFrom(calendar, event, floatingZone));
  const isIn = (ms: number) => !excluded.has(ms);
  const added = [...new Set(dates)].filter(isIn).map(at).filter(isWanted);
  if (rule === undefined) return added.sort(byStart).slice(0, limit);
  const found = new Map(added.map((instance) => [instance.startMs, instance]));
  for await (const startMs of startsOf({ rule: ruleText(rule), start, end, range, ...expansion })) {
    const instance = at(startMs);
    if (isIn(startMs) && isWanted(instance)) found.set(startMs, instance);
    if (found.size >= limit) break;
  }
  return [...found.values()].sort(byStart).slice(0, limit);
}

function byStart(a: Instance, b: Instance): number {
  return a.startMs - b.startMs;
}

function timesIn(event: Component, name: string, floatingZone: string): Time[] {
  return propertiesOf(event, name).flatMap((property) => timesOf(property, floatingZone));
}

/** Exceptions name instances by their time; an event that has such a name itself excludes nothing. */
function excludedFrom(calendar: Component, event: Component, floatingZone: string): number[] {
  if (propertyOf(event, "recurrence-id") !== undefined) return [];
  const apart = componentsOf(calendar, "vevent").flatMap((one) =>
    timesIn(one, "recurrence-id", floatingZone),
  );
  return [...timesIn(event, "exdate", floatingZone), ...apart].map(({ ms }) => ms);
}

interface Series extends Expansion {
  readonly rule: string;
  readonly start: Time;
  readonly end: EndOf;
  readonly range: Range;
}

/** Starts, ascending, from the first whose instance may reach into the range; a page of them is computed at a time. */
async function* startsOf({ rule, start, end, range, expand }: Series): AsyncGenerator<number> {
  // A change of the clocks moves an end by hours.
  const spanMs = (end(start.ms) ?? start.ms) - start.ms + 3 * hourMs;
  const untilMs = Math.min(range.endMs, latestMs);
  let fromMs = Math.max(range.startMs - spanMs, earliestMs, start.ms);
  for (let more = fromMs < untilMs; more; ) {
    const { local, timeZone } = start;
    const answer = await expand({ rule, start: local, timeZone, fromMs, untilMs, limit: page });
    // What is shown has been expanded before, when it was stored: it can be that too much is being done just now.
    if ("fault" in answer) throw new AppError("unavailable", { retryAfterS: 5 });
    yield* answer.starts;
    more = answer.more;
    fromMs = (answer.starts.at(-1) ?? untilMs) + 1;
  }
}

/** As above, for an answer that must not leave any out. */
export async function allInstancesOf(
  calendar: Component,
  range: Range,
  expansion: Expansion,
  limit: number,
): Promise<Instance[]> {
  const all: Instance[] = [];
  for (const event of componentsOf(calendar, "vevent")) {
    all.push(...(await instancesOf(calendar, event, range, expansion, limit + 1 - all.length)));
    if (all.length > limit) throw tooManyMatches();
  }
  return all;
}
