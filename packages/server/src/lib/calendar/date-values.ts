import { dayNumber, daySeconds, daysInMonth } from "./civil.ts";

/** A DATE or DATE-TIME (RFC 5545, 3.3.4 and 3.3.5) as it is written; its zone stands elsewhere. */
export interface DateValue {
  readonly kind: "date" | "local" | "utc";
  /** Of a date its midnight. */
  readonly wall: number;
}

const pattern = /^(\d{4})-?(\d{2})-?(\d{2})(?:T(\d{2}):?(\d{2})(?::?(\d{2}))?(Z)?)?$/i;

/** Null when there is no such day or time. Dashes and colons, which the RFC does not know, are let pass. */
export function parseDateValue(text: string): DateValue | null {
  const found = pattern.exec(text.trim());
  if (found === null) return null;
  const [year = 0, month = 0, day = 0] = found.slice(1, 4).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  const midnight = dayNumber(year, month, day) * daySeconds;
  if (found[4] === undefined) return { kind: "date", wall: midnight };
  const [hour = 0, minute = 0, second = 0] = found.slice(4, 7).map((part) => Number(part ?? 0));
  if (hour > 23 || minute > 59 || second > 60) return null;
  const time = hour * 3600 + minute * 60 + Math.min(second, 59);
  return { kind: found[7] === undefined ? "local" : "utc", wall: midnight + time };
}
