import type { Budget } from "./budget.ts";
import {
  type CivilDate,
  civilDate,
  dayNumber,
  dayOf,
  daySeconds,
  daysInMonth,
  daysInYear,
  weekdayOf,
} from "./civil.ts";
import { dayFilter } from "./day-filter.ts";
import type { Span, Visit } from "./expand.ts";
import type { Rule } from "./rule.ts";
import { placesChosen, TimesOfDay } from "./times-of-day.ts";

/** Periods of a rule by their number; 0 is the one that its start lies in. */
interface Periods {
  /** The number of the one that a day lies in. */
  indexOf(day: number): number;
  /** Its first day, and how many it has. */
  days(index: number): readonly [first: number, length: number];
}

/** Rules of days, weeks, months and years: days that suit, and on each the times that the rule names. */
export function expandPeriods(rule: Rule, span: Span, budget: Budget, visit: Visit): void {
  const startDay = dayOf(span.start);
  const start = civilDate(startDay);
  const periods = periodsOf(rule, startDay, start);
  const suits = dayFilter(rule, start, startDay);
  const times = new TimesOfDay(rule, span.start);
  const from = rule.count === null ? Math.max(0, periods.indexOf(dayOf(span.from))) : 0;
  for (let index = Math.ceil(from / rule.interval) * rule.interval; ; index += rule.interval) {
    const [first, length] = periods.days(index);
    if (first * daySeconds > span.to) return;
    budget.spend(length);
    const days = suitable(first, length, suits);
    if (!visitSet(rule, days, times, budget, visit)) return;
  }
}

function suitable(first: number, length: number, suits: (day: number, date: CivilDate) => boolean): number[] {
  const days: number[] = [];
  for (let day = first; day < first + length; day++) if (suits(day, civilDate(day))) days.push(day);
  return days;
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

function periodsOf({ frequency, weekStart }: Rule, startDay: number, start: CivilDate): Periods {
  switch (frequency) {
    case "YEARLY":
      return years(start.year);
    case "MONTHLY":
      return months(start.year * 12 + start.month - 1);
    case "WEEKLY":
      return fixed(startDay - ((weekdayOf(startDay) - weekStart + 7) % 7), 7);
    default:
      return fixed(startDay, 1);
  }
}

function fixed(base: number, length: number): Periods {
  return {
    indexOf: (day) => Math.floor((day - base) / length),
    days: (index) => [base + index * length, length],
  };
}

function months(base: number): Periods {
  return {
    indexOf(day) {
      const { year, month } = civilDate(day);
      return year * 12 + month - 1 - base;
    },
    days(index) {
      const year = Math.floor((base + index) / 12);
      const month = ((base + index) % 12) + 1;
      return [dayNumber(year, month, 1), daysInMonth(year, month)];
    },
  };
}

function years(base: number): Periods {
  return {
    indexOf: (day) => civilDate(day).year - base,
    days: (index) => [dayNumber(base + index, 1, 1), daysInYear(base + index)],
  };
}
