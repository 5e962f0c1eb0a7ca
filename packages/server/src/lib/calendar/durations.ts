import { daySeconds } from "./civil.ts";

/** Days of the calendar, which a change of the clocks makes longer or shorter, and seconds, which are exact. */
export interface Length {
  readonly days: number;
  readonly seconds: number;
}

const pattern =
  /^([+-])?P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/i;

/** A DURATION (RFC 5545, 3.3.6); null when it is none, or runs backwards. */
export function parseDuration(text: string): Length | null {
  const found = pattern.exec(text.trim());
  if (found === null || !/\d/.test(text)) return null;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = found
    .slice(2)
    .map((part) => Number(part ?? 0));
  const length = { days: weeks * 7 + days, seconds: hours * 3600 + minutes * 60 + seconds };
  return found[1] === "-" && aboutSeconds(length) > 0 ? null : length;
}

export function aboutSeconds({ days, seconds }: Length): number {
  return days * daySeconds + seconds;
}
