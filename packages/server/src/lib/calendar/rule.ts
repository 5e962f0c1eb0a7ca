import { type DateValue, parseDateValue } from "./date-values.ts";

export const frequencies = [
  "SECONDLY",
  "MINUTELY",
  "HOURLY",
  "DAILY",
  "WEEKLY",
  "MONTHLY",
  "YEARLY",
] as const;
type Frequency = (typeof frequencies)[number];

export interface WeekdayPart {
  /** 0: every one; 2: the second; -1: the last of the month or year. */
  readonly ordinal: number;
  /** 0 is Monday. */
  readonly weekday: number;
}

/** A recurrence rule (RFC 5545, 3.3.10). Lists are ascending and without doubles; null where the rule has no such part. */
export interface Rule {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly count: number | null;
  readonly until: DateValue | null;
  readonly weekStart: number;
  readonly bySecond: readonly number[] | null;
  readonly byMinute: readonly number[] | null;
  readonly byHour: readonly number[] | null;
  readonly byDay: readonly WeekdayPart[] | null;
  readonly byMonthDay: readonly number[] | null;
  readonly byYearDay: readonly number[] | null;
  readonly byWeekNo: readonly number[] | null;
  readonly byMonth: readonly number[] | null;
  readonly bySetPos: readonly number[] | null;
}

export const weekdayNames = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const names = new Set([
  "FREQ",
  "INTERVAL",
  "COUNT",
  "UNTIL",
  "WKST",
  "BYSECOND",
  "BYMINUTE",
  "BYHOUR",
  "BYDAY",
  "BYMONTHDAY",
  "BYYEARDAY",
  "BYWEEKNO",
  "BYMONTH",
  "BYSETPOS",
]);
/** More would not fit a number of the kind other programs use, and mean nothing. */
const maxNumber = 2 ** 31 - 1;
const maxLength = 8192;

/** Why a rule is none; for who reads the code, never for a user. */
class RuleError extends Error {}

/** Null when it is no rule that the RFC allows. */
export function parseRule(text: string): Rule | null {
  try {
    const rule = ruleOf(partsOf(text));
    return isAllowed(rule) ? rule : null;
  } catch (error) {
    if (error instanceof RuleError) return null;
    throw error;
  }
}

function partsOf(text: string): Map<string, string> {
  if (text.length > maxLength) throw new RuleError("length");
  const parts = new Map<string, string>();
  for (const part of text.trim().toUpperCase().split(";")) {
    if (part === "" || part.startsWith("X-") || part === "RSCALE=GREGORIAN" || part === "SKIP=OMIT") continue;
    const [name = "", value = "", ...rest] = part.split("=").map((piece) => piece.trim());
    if (!names.has(name) || value === "" || rest.length > 0 || parts.has(name)) throw new RuleError(name);
    parts.set(name, value);
  }
  return parts;
}

function ruleOf(parts: ReadonlyMap<string, string>): Rule {
  const list = (name: string, min: number, max: number, negative = false) =>
    numbers(parts.get(name), min, max, negative);
  return {
    frequency: frequencyOf(parts.get("FREQ")),
    interval: positive(parts.get("INTERVAL")) ?? 1,
    count: positive(parts.get("COUNT")),
    until: untilOf(parts.get("UNTIL")),
    weekStart: weekdayIn(parts.get("WKST") ?? "MO"),
    // A leap second is the one before it to whoever keeps none (3.3.12).
    bySecond: ascending(list("BYSECOND", 0, 60)?.map((second) => Math.min(second, 59))),
    byMinute: list("BYMINUTE", 0, 59),
    byHour: list("BYHOUR", 0, 23),
    byDay: weekdays(parts.get("BYDAY")),
    byMonthDay: list("BYMONTHDAY", 1, 31, true),
    byYearDay: list("BYYEARDAY", 1, 366, true),
    byWeekNo: list("BYWEEKNO", 1, 53, true),
    byMonth: list("BYMONTH", 1, 12),
    bySetPos: list("BYSETPOS", 1, 366, true),
  };
}

/** What 3.3.10 says must not be combined. */
function isAllowed({ frequency, ...rule }: Rule): boolean {
  if (rule.byWeekNo !== null && frequency !== "YEARLY") return false;
  if (rule.byYearDay !== null && ["DAILY", "WEEKLY", "MONTHLY"].includes(frequency)) return false;
  if (rule.byMonthDay !== null && frequency === "WEEKLY") return false;
  const ordinals = rule.byDay?.some(({ ordinal }) => ordinal !== 0) ?? false;
  if (ordinals && (rule.byWeekNo !== null || !["MONTHLY", "YEARLY"].includes(frequency))) return false;
  return rule.bySetPos === null || hasByParts({ frequency, ...rule });
}

/** Whether it has a part that expands or limits, so that a period need not have exactly one instance. */
export function hasByParts(rule: Rule): boolean {
  return [
    rule.bySecond,
    rule.byMinute,
    rule.byHour,
    rule.byDay,
    rule.byMonthDay,
    rule.byYearDay,
    rule.byWeekNo,
    rule.byMonth,
  ].some((part) => part !== null);
}

function frequencyOf(text: string | undefined): Frequency {
  const found = frequencies.find((name) => name === text);
  if (found === undefined) throw new RuleError("FREQ");
  return found;
}

function positive(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^\+?\d{1,10}$/.test(text)) throw new RuleError(text);
  const value = Number(text);
  if (value < 1 || value > maxNumber) throw new RuleError(text);
  return value;
}

function untilOf(text: string | undefined): DateValue | null {
  if (text === undefined) return null;
  const value = parseDateValue(text);
  if (value === null) throw new RuleError(text);
  return value;
}

function numbers(text: string | undefined, min: number, max: number, negative: boolean): number[] | null {
  if (text === undefined) return null;
  const values = text.split(",").map((piece) => {
    if (!/^[+-]?\d{1,3}$/.test(piece)) throw new RuleError(text);
    const value = Number(piece);
    const size = negative ? Math.abs(value) : value;
    if (size < min || size > max) throw new RuleError(text);
    return value;
  });
  return ascending(values);
}

function ascending(values: readonly number[] | null | undefined): number[] | null {
  return values ? [...new Set(values)].sort((a, b) => a - b) : null;
}

function weekdays(text: string | undefined): WeekdayPart[] | null {
  if (text === undefined) return null;
  return text.split(",").map((piece) => {
    const [, ordinal, name = ""] = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(piece.trim()) ?? [];
    const value = ordinal === undefined ? 0 : Number(ordinal);
    if (ordinal !== undefined && (value === 0 || Math.abs(value) > 53)) throw new RuleError(piece);
    return { ordinal: value, weekday: weekdayIn(name) };
  });
}

function weekdayIn(name: string): number {
  const weekday = weekdayNames.indexOf(name);
  if (weekday < 0) throw new RuleError(name);
  return weekday;
}
