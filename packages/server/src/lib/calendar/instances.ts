import type { Budget } from "./budget.ts";
import { dayOf, daySeconds } from "./civil.ts";
import type { DateValue } from "./date-values.ts";
import { expandWalls } from "./expand.ts";
import type { Rule } from "./rule.ts";
import { longestGap, type Zone } from "./zone.ts";

/** One instance: its wall time, by which exceptions name it, and the instant it begins at, in seconds. */
type VisitInstance = (wall: number, instant: number) => boolean;

export interface Recurring {
  readonly rule: Rule;
  readonly start: DateValue;
  readonly zone: Zone;
}

/**
 * Visits instances that begin at the instants `from` … `to` (inclusive), ascending by wall time: those that a gap moves
 * forward may come before ones that begin earlier, by the length of the gap at most.
 */
export function visitInstances(
  recurring: Recurring,
  { from, to }: { from: number; to: number },
  budget: Budget,
  visit: VisitInstance,
): void {
  const { rule, start, zone } = recurring;
  const isWithin = untilTest(recurring);
  const span = {
    start: start.wall,
    from: zone.wallOf(from) - longestGap,
    to: Math.min(zone.wallOf(to) + longestGap, lastWall(rule.until, zone)),
  };
  expandWalls(rule, span, budget, (wall) => {
    const instant = zone.instantOf(wall);
    if (instant < from || instant > to || !isWithin(wall, instant)) return true;
    return visit(wall, instant);
  });
}

/**
 * UNTIL is inclusive. One that is a date takes in its whole day, and of one in UTC beside a start that is a date the day
 * counts: such pairs are none of the RFC's, and are written all the same.
 */
function untilTest({ rule: { until }, start }: Recurring): (wall: number, instant: number) => boolean {
  if (until === null) return () => true;
  if (until.kind === "utc" && start.kind !== "date") return (_, instant) => instant <= until.wall;
  const isDay = until.kind === "date" || start.kind === "date";
  const last = isDay ? (dayOf(until.wall) + 1) * daySeconds - 1 : until.wall;
  return (wall) => wall <= last;
}

function lastWall(until: DateValue | null, zone: Zone): number {
  if (until === null) return Number.POSITIVE_INFINITY;
  if (until.kind === "utc") return zone.wallOf(until.wall) + longestGap;
  return (dayOf(until.wall) + 1) * daySeconds;
}
