import { type CivilDate, dayNumber, daysInMonth, daysInYear, weekdayOf } from "./civil.ts";
import { type Rule, type WeekdayPart } from "./rule.ts";

/** Whether a day is one of the rule's. What the rule leaves open is taken from its start. */
export type DayFilter = (day: number, date: CivilDate) => boolean;

export function dayFilter(rule: Rule, start: CivilDate, startDay: number): DayFilter {
  const { byMonth, byMonthDay, byYearDay, byWeekNo, byDay } = withDefaults(rule, start, startDay);
  const tests: DayFilter[] = [];
  if (byMonth !== null) tests.push((_, { month }) => byMonth.includes(month));
  if (byMonthDay !== null) tests.push(inMonth(new Set(byMonthDay)));
  if (byYearDay !== null) tests.push(inYear(new Set(byYearDay)));
  if (byWeekNo !== null) tests.push(inWeek(new Set(byWeekNo), rule.weekStart));
  if (byDay !== null) tests.push(onWeekday(byDay, rule.frequency === "YEARLY" && byMonth === null));
  return (day, date) => tests.every((test) => test(day, date));
}

type DayParts = Pick<Rule, "byMonth" | "byMonthDay" | "byYearDay" | "byWeekNo" | "byDay">;

/** "Information, not contained in the rule, necessary to determine the recurrence instances is derived from DTSTART." */
function withDefaults(rule: Rule, start: CivilDate, startDay: number): DayParts {
  const { frequency, byMonth, byMonthDay, byYearDay, byWeekNo, byDay } = rule;
  const parts = { byMonth, byMonthDay, byYearDay, byWeekNo, byDay };
  const weekday = [{ ordinal: 0, weekday: weekdayOf(startDay) }];
  if (byMonthDay !== null || byYearDay !== null || byDay !== null) return parts;
  if (byWeekNo !== null) return { ...parts, byDay: weekday };
  if (frequency === "YEARLY") return { ...parts, byMonth: byMonth ?? [start.month], byMonthDay: [start.day] };
  if (frequency === "MONTHLY") return { ...parts, byMonthDay: [start.day] };
  return frequency === "WEEKLY" ? { ...parts, byDay: weekday } : parts;
}

function inMonth(wanted: ReadonlySet<number>): DayFilter {
  return (_, { year, month, day }) => wanted.has(day) || wanted.has(day - daysInMonth(year, month) - 1);
}

function inYear(wanted: ReadonlySet<number>): DayFilter {
  return (count, { year }) => {
    const day = count - dayNumber(year, 1, 1) + 1;
    return wanted.has(day) || wanted.has(day - daysInYear(year) - 1);
  };
}

/** Days that a year lends to a week of its neighbour count there, and are instances of the year they lie in. */
function inWeek(wanted: ReadonlySet<number>, weekStart: number): DayFilter {
  return (day, { year }) => {
    const owner = [year + 1, year, year - 1].find((each) => firstWeek(each, weekStart) <= day) ?? year;
    const first = firstWeek(owner, weekStart);
    const week = Math.floor((day - first) / 7) + 1;
    const weeks = (firstWeek(owner + 1, weekStart) - first) / 7;
    return wanted.has(week) || wanted.has(week - weeks - 1);
  };
}

/** The first day of the first week that has four days in the year. */
function firstWeek(year: number, weekStart: number): number {
  const first = dayNumber(year, 1, 1);
  const into = (weekdayOf(first) - weekStart + 7) % 7;
  return into <= 3 ? first - into : first - into + 7;
}

function onWeekday(parts: readonly WeekdayPart[], withinYear: boolean): DayFilter {
  const every = new Set(parts.filter(({ ordinal }) => ordinal === 0).map(({ weekday }) => weekday));
  const counted = parts.filter(({ ordinal }) => ordinal !== 0);
  return (count, { year, month, day }) => {
    const weekday = weekdayOf(count);
    if (every.has(weekday)) return true;
    if (counted.length === 0) return false;
    const into = withinYear ? count - dayNumber(year, 1, 1) : day - 1;
    const left = (withinYear ? daysInYear(year) : daysInMonth(year, month)) - 1 - into;
    const nth = Math.floor(into / 7) + 1;
    const fromEnd = -Math.floor(left / 7) - 1;
    return counted.some(
      (part) => part.weekday === weekday && (part.ordinal === nth || part.ordinal === fromEnd),
    );
  };
}
