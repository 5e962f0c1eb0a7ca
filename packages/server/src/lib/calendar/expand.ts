import type { Budget } from "./budget.ts";
import { daySeconds } from "./civil.ts";
import { expandPeriods } from "./expand-periods.ts";
import { expandTimes } from "./expand-times.ts";
import { hasByParts, type Rule } from "./rule.ts";
import type { Span, Visit } from "./span.ts";

/**
 * Visits the wall times of a rule inside the span, ascending. COUNT is kept. UNTIL is not: which wall time it is depends
 * on the zone (`instances.ts`). Without COUNT nothing before the span is walked through.
 */
export function expandWalls(rule: Rule, span: Span, budget: Budget, visit: Visit): void {
  const { rule: rest, span: near } = stepOver(rule, span);
  if (rest.count === 0) return;
  const counted = counting(rest, near, visit);
  if (rule.frequency === "HOURLY" || rule.frequency === "MINUTELY" || rule.frequency === "SECONDLY")
    expandTimes(rest, near, budget, counted);
  else expandPeriods(rest, near, budget, counted);
}

const lengths = {
  SECONDLY: 1,
  MINUTELY: 60,
  HOURLY: 3600,
  DAILY: daySeconds,
  WEEKLY: 7 * daySeconds,
  MONTHLY: 0,
  YEARLY: 0,
} as const;

/** Where each period has exactly one instance, those before the span are counted by dividing. */
function stepOver(rule: Rule, span: Span): { rule: Rule; span: Span } {
  const step = lengths[rule.frequency] * rule.interval;
  if (rule.count === null || step === 0 || hasByParts(rule)) return { rule, span };
  const passed = Math.min(rule.count, Math.max(0, Math.ceil((span.from - span.start) / step)));
  return {
    rule: { ...rule, count: rule.count - passed },
    span: { ...span, start: span.start + passed * step },
  };
}

/** Leaves out what lies before the start or the span, and ends with the span and the rule's COUNT. */
function counting(rule: Rule, { start, from, to }: Span, visit: Visit): Visit {
  let left = rule.count ?? Number.POSITIVE_INFINITY;
  return (wall) => {
    if (wall < start) return true;
    if (wall > to) return false;
    left--;
    return (wall < from || visit(wall)) && left > 0;
  };
}
