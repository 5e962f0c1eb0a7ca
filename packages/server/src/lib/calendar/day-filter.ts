import { civilDate, dayNumber, daysInMonth, daysInYear, weekdayOf } from "./civil.ts";
import { type Rule, type WeekdayPart } from "./rule.ts";

/** Whether a day is one of the rule's. */
export type DayFilter = (day: number) => boolean;

export type DayParts = Pick<Rule, "byMonth" | "byMonthDay" | "byYearDay" | "byWeekNo" | "byDay">;

/** "Information, not contained in the rule, necessary to determine the recurrence instances is derived from DTSTART." */
export function dayParts(rule: Rule, startDay: number): DayParts {
  const { frequency, byMonth, byMonthDay, byYearDay, byWeekNo, byDay } = rule;
  const parts = { byMonth, byMonthDay, byYearDay, byWeekNo, byDay };
  const weekday = [{ ordinal: 0, weekday: weekdayOf(startDay) }];
  if (byMonthDay !== null || byYearDay !== null || byDay !== null) return parts;
  if (byWeekNo !== null) return { ...parts, byDay: weekday };
  const { month, day } = civilDate(startDay);
  if (frequency === "YEARLY") return { ...parts, byMonth: byMonth ?? [month], byMonthDay: [day] };
  if (frequency === "MONTHLY") return { ...parts, byMonthDay: [day] };
  return frequency === "WEEKLY" ? { ...parts, byDay: weekday } : parts;
}

export function dayFilter(
  rule: Rule,
  { byMonth, byMonthDay, byYearDay, byWeekNo, byDay }: DayParts,
): DayFilter {
  const tests: DayFilter[] = [];
  if (byMonth !== null) tests.push((day) => byMonth.includes(civilDate(day).month));
  if (byMonthDay !== null) tests.push(inMonth(new Set(byMonthDay)));
  if (byYearDay !== null) tests.push(inYear(new Set(byYearDay)));
  if (byWeekNo !== null) tests.push(inWeek(new Set(byWeekNo), rule.weekStart));
  if (byDay !== null) tests.push(onWeekday(byDay, rule.frequency === "YEARLY" && byMonth === null));
  return (day) => {
    for (const test of tests) if (!test(day)) return false;
    return true;
  };
}

function inMonth(wanted: ReadonlySet<number>): DayFilter {
  return (count) => {
    const { year, month, day } = civilDate(count);
    return wanted.has(day) || wanted.has(day - daysInMonth(year, month) - 1);
  };
}

function inYear(wanted: ReadonlySet<number>): DayFilter {
  return (count) => {
    const { year } = civilDate(count);
    const day = count - dayNumber(year, 1, 1) + 1;
    return wanted.has(day) || wanted.has(day - daysInYear(year) - 1);
  };
}

/** Days that a year lends to a week of its neighbour count there, and are instances of the year they lie in. */
function inWeek(wanted: ReadonlySet<number>, weekStart: number): DayFilter {
  return (day) => {
    const { year } = civilDate(day);
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
  const weekdays = new Set(counted.map(({ weekday }) => weekday));
  return (day) => {
    const weekday = weekdayOf(day);
    if (every.has(weekday)) return true;
    if (!weekdays.has(weekday)) return false;
    const [nth, fromEnd] = ordinalsOf(day, withinYear);
    return counted.some(
      (part) => part.weekday === weekday && (part.ordinal === nth || part.ordinal === fromEnd),
    );
  };
}

/** Which one of its weekday it is in its month or year, from the beginning and from the end. */
function ordinalsOf(count: number, withinYear: boolean): [nth: number, fromEnd: number] {
  const { year, month, day } = civilDate(count);
  const into = withinYear ? count - dayNumber(year, 1, 1) : day - 1;
  const left = (withinYear ? daysInYear(year) : daysInMonth(year, month)) - 1 - into;
  return [Math.floor(into / 7) + 1, -Math.floor(left / 7) - 1];
}
