import { instantOf } from "../zoned-time.ts";
import type { EventTime } from "./answers.ts";

/** An instant in milliseconds since 1970, or a floating day, `2026-03-08`. */
export type Moment = number | string;

const dayShape = /^\d{4}-\d{2}-\d{2}$/;
const timeShape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?$/;
const zoneShape = /^[A-Za-z_]+(?:\/[A-Za-z0-9_+-]+)*$/;
const firstYear = 1970;
const lastYear = 2200;

/** The reason why an event's times cannot be used. */
export type BadTime = "bad_date" | "unknown_zone";

/** What Google's `date` or `dateTime` with `timeZone` stands for; a time without an offset is one of that zone. */
export function momentOf(time: EventTime | undefined, zone: string | undefined): Moment | { fault: BadTime } {
  const { date, dateTime, timeZone = zone } = time ?? {};
  if (date !== undefined) return isDay(date) ? date : { fault: "bad_date" };
  const [, offset] = (dateTime === undefined ? null : timeShape.exec(dateTime)) ?? [null];
  if (dateTime === undefined || !timeShape.test(dateTime)) return { fault: "bad_date" };
  if (offset === undefined && !isZone(timeZone)) return { fault: "unknown_zone" };
  return instantIn(dateTime, offset === undefined ? timeZone : undefined);
}

function instantIn(dateTime: string, zone: string | undefined): Moment | { fault: BadTime } {
  try {
    const ms =
      zone === undefined ? Temporal.Instant.from(dateTime).epochMilliseconds : instantOf(dateTime, zone);
    return isOfTheseTimes(new Date(ms).getUTCFullYear()) ? ms : { fault: "bad_date" };
  } catch (error) {
    if (error instanceof RangeError) return { fault: "bad_date" }; // the thirtieth of February
    throw error;
  }
}

function isDay(date: string): boolean {
  if (!dayShape.test(date) || !isOfTheseTimes(Number(date.slice(0, 4)))) return false;
  const parsed = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date);
}

function isOfTheseTimes(year: number): boolean {
  return year >= firstYear && year <= lastYear;
}

/** Whether a zone goes by this IANA name. */
export function isZone(name: string | undefined): name is string {
  if (name === undefined || !zoneShape.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** For comparing with instants; a day begins and ends somewhere else for everybody, by up to 14 hours. */
export function roughMs(moment: Moment): number {
  return typeof moment === "number" ? moment : Date.parse(`${moment}T00:00:00Z`);
}
