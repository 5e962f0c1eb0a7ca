import type { Budget } from "./budget.ts";
import { civilDate, dayNumber, dayOf, daySeconds, daysInMonth, daysInYear, weekdayOf } from "./civil.ts";
import { type DayFilter, type DayParts, dayFilter, dayParts } from "./day-filter.ts";
import type { Rule } from "./rule.ts";
import type { Span, Visit } from "./span.ts";
import { placesChosen, TimesOfDay } from "./times-of-day.ts";

/** Periods of a rule by their number; 0 is the one that its start lies in. */
interface Periods {
  /** The number of the one that a day lies in. */
  indexOf(day: number): number;
  /** Its days, or those of its months that come into question. */
  days(index: number): readonly Run[];
}

/** Days one after another. */
type Run = readonly [first: number, length: number];

/** Rules of days, weeks, months and years: days that suit, and on each the times that the rule names. */
export function expandPeriods(rule: Rule, span: Span, budget: Budget, visit: Visit): void {
  const startDay = dayOf(span.start);
  const parts = dayParts(rule, startDay);
  const periods = periodsOf(rule, startDay, parts);
  const suits = dayFilter(rule, parts);
  const times = new TimesOfDay(rule, span.start);
  // Days before the span only matter to what is counted from them.
  const isCounted = rule.count !== null || rule.bySetPos !== null;
  const firstDay = isCounted ? Number.NEGATIVE_INFINITY : dayOf(span.from);
  const from = rule.count === null ? Math.max(0, periods.indexOf(dayOf(span.from))) : 0;
  for (let index = Math.ceil(from / rule.interval) * rule.interval; ; index += rule.interval) {
    const runs = periods.days(index);
    if ((runs[0]?.[0] ?? 0) * daySeconds > span.to) return;
    const days: number[] = [];
    for (const run of runs) pushSuitable(days, since(run, firstDay), suits, budget);
    if (!visitSet(rule, days, times, budget, visit)) return;
  }
}

function since([first, length]: Run, firstDay: number): Run {
  const passed = Math.min(length, Math.max(0, firstDay - first));
  return [first + passed, length - passed];
}

function pushSuitable(days: number[], [first, length]: Run, suits: DayFilter, budget: Budget): void {
  budget.spend(length);
  for (let day = first; day < first + length; day++) if (suits(day)) days.push(day);
}

/** False when no more is wanted. */
function visitSet(
  rule: Rule,
  days: readonly number[],
  times: TimesOfDay,
  budget: Budget,
  visit: Visit,
): boolean {
  const size = days.length * times.size;
  const places = rule.bySetPos === null ? null : placesChosen(rule.bySetPos, size);
  const length = places?.length ?? size;
  for (let index = 0; index < length; index++) {
    budget.spend();
    const place = places?.[index] ?? index;
    const day = days[Math.floor(place / times.size)] ?? 0;
    if (!visit(day * daySeconds + times.at(place % times.size))) return false;
  }
  return true;
}

function periodsOf({ frequency, weekStart }: Rule, startDay: number, { byMonth }: DayParts): Periods {
  if (frequency === "YEARLY") return years(civilDate(startDay).year, byMonth);
  if (frequency === "MONTHLY") return months(startDay);
  if (frequency === "WEEKLY") return fixed(startDay - ((weekdayOf(startDay) - weekStart + 7) % 7), 7);
  return fixed(startDay, 1);
}

function fixed(base: number, length: number): Periods {
  return {
    indexOf: (day) => Math.floor((day - base) / length),
    days: (index) => [[base + index * length, length]],
  };
}

function months(startDay: number): Periods {
  const monthNumber = (day: number) => {
    const { year, month } = civilDate(day);
    return year * 12 + month - 1;
  };
  const base = monthNumber(startDay);
  return {
    indexOf: (day) => monthNumber(day) - base,
    days: (index) => [monthRun(Math.floor((base + index) / 12), ((base + index) % 12) + 1)],
  };
}

function years(base: number, byMonth: readonly number[] | null): Periods {
  return {
    indexOf: (day) => civilDate(day).year - base,
    days(index) {
      const year = base + index;
      if (byMonth !== null) return byMonth.map((month) => monthRun(year, month));
      return [[dayNumber(year, 1, 1), daysInYear(year)]];
    },
  };
}

function monthRun(year: number, month: number): Run {
  return [dayNumber(year, month, 1), daysInMonth(year, month)];
}
