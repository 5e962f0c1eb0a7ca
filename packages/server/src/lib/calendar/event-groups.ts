import type { EventTimes } from "./event-times.ts";
import type { Problems } from "./problems.ts";

/** Events of one UID. */
export interface EventGroup {
  /** A series, or an event by itself; those that feeds of free/busy leave out are none. */
  readonly masters: readonly EventTimes[];
  /** What stands for single instances. */
  readonly replacements: readonly EventTimes[];
}

/**
 * By UID and RECURRENCE-ID, because feeds of free/busy have one UID for a whole series and no master. Of two that claim
 * to be the same, the higher SEQUENCE counts; where that does not decide and their times differ, some program gives
 * one UID to everything, and both count.
 */
export function eventGroups(events: readonly EventTimes[], problems: Problems): EventGroup[] {
  const groups = new Map<string, EventTimes[]>();
  const alone: EventGroup[] = [];
  for (const event of events) {
    if (event.uid === null) alone.push({ masters: [event], replacements: [] });
    else getOrAdd(groups, event.uid).push(event);
  }
  const found = [...groups.values()].map((group) => {
    const unique = withoutDuplicates(group, problems);
    return {
      masters: unique.filter(({ stands }) => stands === null),
      replacements: unique.filter(({ stands }) => stands !== null),
    };
  });
  return [...found, ...alone];
}

function withoutDuplicates(group: readonly EventTimes[], problems: Problems): EventTimes[] {
  if (group.length === 1) return [...group];
  const claims = new Map<string, EventTimes[]>();
  for (const event of group) getOrAdd(claims, claimOf(event)).push(event);
  const unique = [...claims.values()].flatMap(newest);
  problems.add("duplicate", group.length - unique.length);
  return unique;
}

function claimOf({ stands }: EventTimes): string {
  return stands === null ? "" : `${stands.id.kind === "date" ? "date" : "time"} ${stands.id.instant}`;
}

function newest(events: readonly EventTimes[]): EventTimes[] {
  const sequence = events.reduce((most, event) => Math.max(most, event.sequence), 0);
  const newestOnes = events.filter((event) => event.sequence === sequence);
  return [...new Map(newestOnes.map((event) => [timesOf(event), event])).values()];
}

function timesOf({ start, length, rules, exceptRules, extra, except, isBusy }: EventTimes): string {
  const dates = extra.map(({ when, length: own }) => [when.instant, own]);
  const exceptions = except.map(({ instant }) => instant);
  return JSON.stringify([start.kind, start.instant, length, rules, exceptRules, dates, exceptions, isBusy]);
}

function getOrAdd<V>(map: Map<string, V[]>, key: string): V[] {
  const found = map.get(key) ?? [];
  if (found.length === 0) map.set(key, found);
  return found;
}
