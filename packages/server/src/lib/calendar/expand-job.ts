import { Budget, Deadline, TooExpensive } from "./budget.ts";
import { type DateValue, parseDateValue } from "./date-values.ts";
import { type Recurring, visitInstances } from "./instances.ts";
import { parseRule } from "./rule.ts";
import type { Expanded, ExpandRequest } from "./work.ts";
import { ianaZone, longestGap } from "./zone.ts";

/** Far below the deadline, and more than any rule of daily or longer periods takes for a thousand years. */
const maxSteps = 2_000_000;
const maxMs = 250;

export function expandJob(request: ExpandRequest): Expanded {
  const recurring = recurringOf(request);
  if (recurring === null) return { fault: "bad_rule" };
  const budget = new Budget(maxSteps, new Deadline(maxMs));
  try {
    if (!beginsAtStart(recurring, budget)) return { fault: "not_synchronised" };
    return startsOf(recurring, request, budget);
  } catch (error) {
    if (error instanceof TooExpensive) return { fault: "too_expensive" };
    throw error;
  }
}

function recurringOf({ rule: text, start: startText, timeZone }: ExpandRequest): Recurring | null {
  const rule = parseRule(text.replace(/^\s*RRULE:/i, ""));
  const start = parseDateValue(startText);
  const zone = ianaZone(timeZone);
  if (start === null || start.kind === "utc" || zone === null)
    throw new RangeError("no local time in a zone");
  if (rule === null || (rule.count !== null && rule.until !== null)) return null;
  const local: DateValue = { kind: "local", wall: start.wall };
  return { rule, start: local, zone };
}

function beginsAtStart({ rule, start, zone }: Recurring, budget: Budget): boolean {
  const instant = zone.instantOf(start.wall);
  let begins = false;
  visitInstances({ rule, start, zone }, { from: instant, to: instant }, budget, (wall) => {
    begins ||= wall === start.wall;
    return !begins;
  });
  return begins;
}

/** A gap may move an instance behind later ones: only what lies a gap's length ahead settles the order. */
function startsOf(recurring: Recurring, { fromMs, untilMs, limit }: ExpandRequest, budget: Budget): Expanded {
  const found = new Set<number>();
  let enough = Number.POSITIVE_INFINITY;
  const range = { from: Math.ceil(fromMs / 1000), to: Math.ceil(untilMs / 1000) - 1 };
  visitInstances(recurring, range, budget, (wall, instant) => {
    found.add(instant);
    if (found.size === limit + 1) enough = wall + longestGap;
    return wall < enough;
  });
  const starts = [...found].sort((a, b) => a - b).map((instant) => instant * 1000);
  return { starts: starts.slice(0, limit), more: starts.length > limit };
}
