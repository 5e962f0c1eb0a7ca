import { Budget, type Deadline, TooExpensive } from "./budget.ts";
import { dayOf, daySeconds } from "./civil.ts";
import { aboutSeconds, type Length } from "./durations.ts";
import type { EventTimes } from "./event-times.ts";
import { type Recurring, visitInstances } from "./instances.ts";
import type { Problems } from "./problems.ts";
import { hasByParts, type Rule } from "./rule.ts";
import type { When } from "./when.ts";
import type { Zone } from "./zone.ts";

/** Instants in seconds, the last exclusive. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export type Mark = (start: number, end: number) => void;

/** One rule may not eat up what is there for the others. */
const maxStepsOfRule = 400_000;
const maxInstances = 20_000;
const maxShift = 366 * daySeconds;
/** Between a day of the calendar and 24 hours. */
const daySlack = daySeconds;

export interface Expansion {
  readonly range: Range;
  readonly deadline: Deadline;
  readonly problems: Problems;
  readonly mark: Mark;
}

/** Marks when an event is, without the instances that `replacements` stand for. Those mark their own times. */
export function markEvent(
  event: EventTimes,
  replacements: readonly EventTimes[],
  expansion: Expansion,
): void {
  const following = followingOf(event, replacements);
  if (!event.isBusy && following.length === 0) return;
  const { range, mark } = expansion;
  const reach = reachOf(event, following);
  const near = { from: range.from - reach, to: range.to + reach };
  const isExcepted = exceptionTest(event, replacements, near, expansion);
  const place = (wall: number, instant: number, own: Length | null) => {
    if (isExcepted(wall, instant)) return;
    const part = following.findLast(({ id }) => id.instant <= instant);
    const { zone } = event.start;
    const moved =
      part === undefined
        ? { wall, instant }
        : { wall: wall + part.shift, instant: zone.instantOf(wall + part.shift) };
    const { isBusy, length } = part?.event ?? event;
    if (isBusy) mark(moved.instant, endOf(moved, own ?? length, zone));
  };
  place(event.start.wall, event.start.instant, null);
  for (const { when, length } of event.extra) place(wallOf(when, event), when.instant, length);
  for (const rule of event.rules) markRule({ ...event, rule }, near, expansion, place);
}

type Place = (wall: number, instant: number, own: Length | null) => void;

/** All instances of a rule or, if they are too many or too hard to find, none but its start. */
function markRule(
  { rule, start }: EventTimes & { rule: Rule },
  near: Range,
  { deadline, problems }: Expansion,
  place: Place,
): void {
  const found = instantsOf({ rule, start, zone: start.zone }, near, deadline);
  if (found === null) return problems.add("too_many_instances");
  for (let index = 0; index < found.length; index += 2) place(found[index] ?? 0, found[index + 1] ?? 0, null);
}

/** Wall times and instants by turns; null when it would be too much. */
function instantsOf(recurring: Recurring, near: Range, deadline: Deadline): number[] | null {
  const found: number[] = [];
  try {
    const budget = new Budget(maxStepsOfRule, deadline);
    const rule = withoutStart(recurring, budget);
    visitInstances({ ...recurring, rule }, near, budget, (wall, instant) => {
      found.push(wall, instant);
      return found.length <= 2 * maxInstances;
    });
  } catch (error) {
    if (error instanceof TooExpensive) return null;
    throw error;
  }
  return found.length <= 2 * maxInstances ? found : null;
}

/** The start counts as the first of COUNT even where the rule does not give it (3.8.5.3). */
function withoutStart({ rule, start, zone }: Recurring, budget: Budget): Rule {
  if (rule.count === null || !hasByParts(rule)) return rule;
  let isFirst = false;
  const instant = zone.instantOf(start.wall);
  visitInstances({ rule, start, zone }, { from: instant, to: instant }, budget, (wall) => {
    isFirst ||= wall === start.wall;
    return !isFirst;
  });
  return isFirst ? rule : { ...rule, count: rule.count - 1 };
}

interface Following {
  readonly event: EventTimes;
  readonly id: When;
  /** By how much it moves the wall times of those after it. */
  readonly shift: number;
}

/** What changes an instance and all after it, ascending. */
function followingOf(event: EventTimes, replacements: readonly EventTimes[]): Following[] {
  return replacements
    .flatMap((each) =>
      each.stands?.following
        ? {
            event: each,
            id: each.stands.id,
            shift: wallOf(each.start, event) - wallOf(each.stands.id, event),
          }
        : [],
    )
    .filter(({ shift }) => Math.abs(shift) <= maxShift)
    .sort((a, b) => a.id.instant - b.id.instant);
}

/** How far outside the range an instance may begin and still be in it. */
function reachOf(event: EventTimes, following: readonly Following[]): number {
  const lengths = [event.length, ...following.map((each) => each.event.length)].map(aboutSeconds);
  return Math.max(...lengths) + Math.max(0, ...following.map(({ shift }) => Math.abs(shift))) + daySlack;
}

/** A date names all instances of that day; a time, the one that begins then. */
function exceptionTest(
  event: EventTimes,
  replacements: readonly EventTimes[],
  near: Range,
  { deadline, problems }: Expansion,
): (wall: number, instant: number) => boolean {
  const whens = [...event.except, ...replacements.flatMap(({ stands }) => stands?.id ?? [])];
  const byDay = (when: When) => when.kind === "date" || event.start.kind === "date";
  const days = new Set(whens.filter(byDay).map((when) => dayOf(when.wall)));
  const instants = new Set(whens.filter((when) => !byDay(when)).map(({ instant }) => instant));
  for (const rule of event.exceptRules) {
    const found = instantsOf({ rule, start: event.start, zone: event.start.zone }, near, deadline);
    if (found === null) problems.add("too_many_instances");
    found?.forEach((value, index) => index % 2 === 1 && instants.add(value));
  }
  return (wall, instant) => instants.has(instant) || days.has(dayOf(wall));
}

function wallOf(when: When, event: EventTimes): number {
  return when.kind === event.start.kind && when.named?.id === event.start.named?.id
    ? when.wall
    : event.start.zone.wallOf(when.instant);
}

/** Days are counted from the wall time as it is written, even where clocks left it out. */
function endOf(
  { wall, instant }: { wall: number; instant: number },
  { days, seconds }: Length,
  zone: Zone,
): number {
  return (days === 0 ? instant : zone.instantOf(wall + days * daySeconds)) + seconds;
}
