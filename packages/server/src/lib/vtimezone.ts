import type { Component, Property } from "./icalendar.ts";

/** A change of a zone's clocks: at which local time before it, and from which offset to which. */
interface Transition {
  readonly local: Temporal.PlainDateTime;
  readonly fromNs: number;
  readonly toNs: number;
}

/** Weekdays and leap years repeat after 28 years: a pattern that holds so long is a rule. */
const yearsOfPattern = 28;

/**
 * A `VTIMEZONE` (RFC 5545, 3.6.5) with the zone's instants from a year on: for ever where its clocks are changed by a
 * yearly rule, else to the end of the last year that is asked for.
 */
export function vtimezone(zone: string, fromYear: number, lastYear: number): Component {
  const begin = Temporal.PlainDate.from({ year: fromYear, month: 1, day: 1 }).toZonedDateTime(zone);
  const byOffsets = Map.groupBy(
    transitions(begin, Math.max(fromYear, lastYear) + yearsOfPattern),
    ({ fromNs, toNs }) => `${fromNs} ${toNs}`,
  );
  const changes = [...byOffsets.values()].flatMap((same) => observancesOf(same, lastYear));
  return ["vtimezone", [["tzid", {}, "text", zone]], [initial(begin), ...changes]];
}

function transitions(begin: Temporal.ZonedDateTime, untilYear: number): Transition[] {
  const found: Transition[] = [];
  let at = begin.getTimeZoneTransition("next");
  for (; at !== null && at.year <= untilYear; at = at.getTimeZoneTransition("next"))
    found.push(transitionAt(at));
  return found;
}

function transitionAt(at: Temporal.ZonedDateTime): Transition {
  const fromNs = at.subtract({ nanoseconds: 1 }).offsetNanoseconds;
  const local = at.withTimeZone("UTC").toPlainDateTime().add({ nanoseconds: fromNs });
  return { local, fromNs, toNs: at.offsetNanoseconds };
}

/** What holds when the first year begins. */
function initial(begin: Temporal.ZonedDateTime): Component {
  const before = begin.add({ nanoseconds: 1 }).getTimeZoneTransition("previous");
  if (before !== null) return observance(transitionAt(before), []);
  const offset = begin.offsetNanoseconds;
  return observance({ local: begin.toPlainDateTime(), fromNs: offset, toNs: offset }, []);
}

/** Changes between the same two offsets: the first ones each by its date, once they follow a rule by that. */
function observancesOf(same: readonly Transition[], lastYear: number): Component[] {
  for (const [index, first] of same.entries()) {
    const rule = yearlyRule(same.slice(index));
    if (rule === null) continue;
    const byRule = observance(first, [["rrule", {}, "recur", rule]]);
    return [...byDate(same.slice(0, index)), byRule];
  }
  return byDate(same.filter(({ local }) => local.year <= lastYear));
}

/** One for each: `RDATE` inside a zone is not understood by every reader. */
function byDate(changes: readonly Transition[]): Component[] {
  return changes.map((change) => observance(change, []));
}

function observance({ local, fromNs, toNs }: Transition, more: readonly Property[]): Component {
  const properties: Property[] = [
    ["dtstart", {}, "date-time", local.toString({ smallestUnit: "second" })],
    ["tzoffsetfrom", {}, "utc-offset", offsetText(fromNs)],
    ["tzoffsetto", {}, "utc-offset", offsetText(toNs)],
    ...more,
  ];
  return [toNs > fromNs ? "daylight" : "standard", properties, []];
}

/** A rule of the form "the second Sunday of March", or "the Sunday from the 2nd to the 8th"; null where there is none. */
function yearlyRule(same: readonly Transition[]): Readonly<Record<string, string | number>> | null {
  const [first] = same;
  if (first === undefined || same.length < yearsOfPattern) return null;
  const { year, month, dayOfWeek } = first.local;
  const time = first.local.toPlainTime();
  const isRegular = same.every(
    ({ local }, index) =>
      local.year === year + index &&
      local.month === month &&
      local.dayOfWeek === dayOfWeek &&
      local.toPlainTime().equals(time),
  );
  if (!isRegular) return null;
  const weekday = weekdays[dayOfWeek - 1] ?? "";
  const which = whichOf(same.map(({ local }) => local));
  if (which !== null) return { freq: "YEARLY", bymonth: month, byday: `${which}${weekday}` };
  const days = [...new Set(same.map(({ local }) => local.day))].toSorted((a, b) => a - b);
  const isWeek = days.length === 7 && (days.at(-1) ?? 0) - (days[0] ?? 0) === 6;
  return isWeek ? { freq: "YEARLY", bymonth: month, bymonthday: days.join(","), byday: weekday } : null;
}

const weekdays = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/** Which of a month's Sundays (or Fridays, …) these are, −1 for the last; null where it differs. */
function whichOf(dates: readonly Temporal.PlainDateTime[]): number | null {
  if (dates.every(({ day, daysInMonth }) => day + 7 > daysInMonth)) return -1;
  const ordinals = new Set(dates.map(({ day }) => Math.ceil(day / 7)));
  const [ordinal = null] = ordinals;
  return ordinals.size === 1 ? ordinal : null;
}

function offsetText(ns: number): string {
  const seconds = Math.round(Math.abs(ns) / 1e9);
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [hours, minutes, rest] = parts.map((part) => String(part).padStart(2, "0"));
  return `${ns < 0 ? "-" : "+"}${hours}:${minutes}${rest === "00" ? "" : `:${rest}`}`;
}
