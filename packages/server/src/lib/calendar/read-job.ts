import { gunzipSync } from "node:zlib";
import { Budget, Deadline } from "./budget.ts";
import { BusyQuarters } from "./busy-quarters.ts";
import { type CalendarText, type Component, readComponents } from "./components.ts";
import { isCompressed } from "./content-lines.ts";
import { aboutSeconds, parseDuration } from "./durations.ts";
import { markEvent, type Range } from "./event-busy.ts";
import { eventGroups } from "./event-groups.ts";
import { eventTimes, type EventTimes } from "./event-times.ts";
import { busyPeriods, maxLengthS } from "./free-busy.ts";
import { keptText } from "./kept.ts";
import { Problems, Unreadable } from "./problems.ts";
import type { ReadOutcome, ReadRequest } from "./work.ts";
import { ianaZone } from "./zone.ts";
import { Zones } from "./zones.ts";

/** What all rules of a calendar may take together; those that are left then count as too many. */
const rulesMs = 500;
const zoneSteps = 500_000;
const zoneAheadS = 2 * 366 * 86_400;
const maxKeptBytes = 4 * 1024 * 1024;

export function readJob({ text, timeZone, fromMs, untilMs }: ReadRequest): ReadOutcome {
  const floating = ianaZone(timeZone);
  if (floating === null) throw new RangeError("no such time zone");
  const bytes = isCompressed(text) ? inflated(text) : text;
  const read = bytes === null ? null : readComponents(bytes);
  if (read === null) return { fault: "not_a_calendar" };
  const range = { from: Math.floor(fromMs / 1000), to: Math.ceil(untilMs / 1000) };
  const deadline = new Deadline(rulesMs);
  const budget = new Budget(zoneSteps, deadline);
  const zones = new Zones(floating, read.zones, { to: range.to + zoneAheadS, budget });
  return timesOf(read, { range, deadline, zones });
}

/** What we kept ourselves, or what claims to be. */
function inflated(bytes: Uint8Array): Uint8Array | null {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxKeptBytes });
  } catch {
    return null;
  }
}

interface Reading {
  readonly range: Range;
  readonly deadline: Deadline;
  readonly zones: Zones;
}

function timesOf(read: CalendarText, { range, deadline, zones }: Reading): ReadOutcome {
  const problems = new Problems();
  problems.add("too_many_events", read.tooMany);
  const groups = eventGroups(eventsOf(read.events, zones, problems), problems);
  const periods = read.freeBusy.flatMap((component) => busyPeriods(component, zones, problems));
  const quarters = new BusyQuarters(range.from, range.to);
  const mark = (start: number, end: number) => quarters.mark(start, end);
  const expansion = { range, deadline, problems, mark };
  for (const { start, end } of periods) mark(start, end);
  for (const { masters, replacements } of groups) {
    for (const event of masters) {
      if (replacements.length === 0 || deadline.affords(replacements.length))
        markEvent(event, replacements, expansion);
      else problems.add("too_many_instances");
    }
    for (const event of replacements) markEvent(event, [], expansion);
  }
  return {
    busy: quarters.pairs(),
    events: groups.reduce(
      (sum, group) => sum + group.masters.length + group.replacements.length,
      periods.length,
    ),
    skipped: problems.list(),
    kept: keptText({ groups, periods, zones: zones.reduced, range }),
    refreshMs: refreshOf(read),
  };
}

function eventsOf(components: readonly Component[], zones: Zones, problems: Problems): EventTimes[] {
  return components.flatMap(
    (component) =>
      problems.attempt(() => {
        const event = eventTimes(component, zones, problems);
        const lengths = [event.length, ...event.extra.flatMap(({ length }) => length ?? [])];
        if (lengths.some((length) => aboutSeconds(length) > maxLengthS)) throw new Unreadable("too_long");
        return event;
      }) ?? [],
  );
}

/** REFRESH-INTERVAL (RFC 7986, 5.7), or what was written before there was one. */
function refreshOf({ own }: CalendarText): number | null {
  for (const name of ["REFRESH-INTERVAL", "X-PUBLISHED-TTL"]) {
    const length = parseDuration(own.find((property) => property.name === name)?.value ?? "");
    if (length !== null && aboutSeconds(length) > 0) return aboutSeconds(length) * 1000;
  }
  return null;
}
