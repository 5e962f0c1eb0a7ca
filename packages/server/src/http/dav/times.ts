import type { Component, Property } from "../../lib/icalendar.ts";
import { instantOf } from "../../lib/zoned-time.ts";
import { propertyOf } from "./jcal.ts";

/** A time of a calendar. One without a zone of its own is read in the zone of whoever asks. */
export interface Time {
  readonly ms: number;
  /** `2026-03-08T18:00:00`; of a date, its midnight. */
  readonly local: string;
  readonly timeZone: string;
  readonly isDate: boolean;
}

/** All times that a property holds. */
export function timesOf(property: Property, floatingZone: string): Time[] {
  const [, { tzid }, type, ...values] = property;
  if (type !== "date" && type !== "date-time") return [];
  const zone = typeof tzid === "string" ? tzid : floatingZone;
  return values.filter((value) => typeof value === "string").map((value) => timeOf(value, zone));
}

function timeOf(text: string, zone: string): Time {
  const isDate = !text.includes("T");
  const timeZone = text.endsWith("Z") ? "UTC" : zone;
  const local = isDate ? `${text}T00:00:00` : text.replace("Z", "");
  return { ms: instantOf(local, timeZone), local, timeZone, isDate };
}

export function timeOfProperty(component: Component, name: string, floatingZone: string): Time | undefined {
  const property = propertyOf(component, name);
  return property && timesOf(property, floatingZone)[0];
}

/** When an instance that begins then ends; null for one that takes no time and says no end (RFC 4791, section 9.9). */
export type EndOf = (startMs: number) => number | null;

export function endOf(component: Component, start: Time, floatingZone: string): EndOf {
  const at = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(start.timeZone);
  const later = (duration: Temporal.Duration) => (ms: number) => at(ms).add(duration).epochMilliseconds;
  const end = timeOfProperty(component, "dtend", floatingZone);
  if (end !== undefined && !start.isDate) return (ms) => ms + (end.ms - start.ms);
  if (end !== undefined) return later(dateOf(start).until(dateOf(end)));
  const given = propertyOf(component, "duration")?.[3];
  const duration = typeof given === "string" ? Temporal.Duration.from(given) : null;
  if (duration !== null) return duration.blank ? () => null : later(duration);
  return start.isDate ? later(Temporal.Duration.from({ days: 1 })) : () => null;
}

function dateOf({ local }: Time): Temporal.PlainDate {
  return Temporal.PlainDateTime.from(local).toPlainDate();
}

/** From … to, the end excluded; an end that is not named is infinitely far. */
export interface Range {
  readonly startMs: number;
  readonly endMs: number;
}

export function overlaps(
  { startMs, endMs }: Range,
  instance: { startMs: number; endMs: number | null },
): boolean {
  if (endMs <= instance.startMs) return false;
  return instance.endMs === null ? startMs <= instance.startMs : startMs < instance.endMs;
}

const utcForm = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** A UTC date-time of iCalendar (RFC 5545, 3.3.5) in milliseconds; null for anything else. */
export function utcMs(text: string): number | null {
  const parts = utcForm.exec(text);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second] = parts;
  // A leap second counts as the one before it.
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second === "60" ? "59" : second}Z`;
  const ms = Date.parse(iso);
  return Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(iso.slice(0, 10)) ? null : ms;
}
