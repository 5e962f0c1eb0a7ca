import { type Component, propertiesOf, propertyOf } from "./components.ts";
import type { Property } from "./content-lines.ts";
import { daySeconds } from "./civil.ts";
import { type Length, parseDuration } from "./durations.ts";
import { type Problems, Unreadable } from "./problems.ts";
import { parseRule, type Rule } from "./rule.ts";
import { type When, whenIn, whenOf } from "./when.ts";
import type { Zones } from "./zones.ts";

/** A date of RDATE; its own length where it is a period. */
interface ExtraDate {
  readonly when: When;
  readonly length: Length | null;
}

/** All that is known of a VEVENT. */
export interface EventTimes {
  readonly uid: string | null;
  readonly sequence: number;
  /** Opaque and not cancelled. */
  readonly isBusy: boolean;
  readonly start: When;
  readonly length: Length;
  readonly rules: readonly Rule[];
  readonly exceptRules: readonly Rule[];
  readonly extra: readonly ExtraDate[];
  readonly except: readonly When[];
  /** Which instance of its series it stands for, and whether for those after it too. */
  readonly stands: { readonly id: When; readonly following: boolean } | null;
}

/** Throws `Unreadable` where it cannot be said when the event is; what else cannot be read is left out and counted. */
export function eventTimes(component: Component, zones: Zones, problems: Problems): EventTimes {
  const startProperty = propertyOf(component, "DTSTART");
  if (startProperty === undefined) throw new Unreadable("bad_date");
  const start = whenOf(startProperty, zones);
  return {
    uid: propertyOf(component, "UID")?.value ?? null,
    sequence: sequenceOf(component),
    isBusy: isBusy(component),
    start,
    length: lengthOf(component, start, zones),
    rules: rulesOf(component, "RRULE", problems),
    exceptRules: rulesOf(component, "EXRULE", problems),
    extra: datesOf(component, "RDATE", problems, (text, tzid) => extraDate(text, tzid, zones)),
    except: datesOf(component, "EXDATE", problems, (text, tzid) => exception(text, tzid, start, zones)),
    stands: standsOf(propertyOf(component, "RECURRENCE-ID"), start, zones),
  };
}

function sequenceOf(component: Component): number {
  const text = propertyOf(component, "SEQUENCE")?.value ?? "";
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

function isBusy(component: Component): boolean {
  const transparency = propertyOf(component, "TRANSP")?.value.toUpperCase();
  return (
    transparency !== "TRANSPARENT" && propertyOf(component, "STATUS")?.value.toUpperCase() !== "CANCELLED"
  );
}

/** Without an end a date lasts its day, and a time no time at all (3.6.1). */
function lengthOf(component: Component, start: When, zones: Zones): Length {
  const end = propertyOf(component, "DTEND");
  const duration = propertyOf(component, "DURATION");
  if (end !== undefined) return lengthBetween(start, whenOf(end, zones));
  if (duration === undefined) return { days: start.kind === "date" ? 1 : 0, seconds: 0 };
  const length = parseDuration(duration.value);
  if (length === null) throw new Unreadable("bad_date");
  return length;
}

/** An end given as a time says how long each instance lasts exactly (3.8.5.3). */
function lengthBetween(start: When, end: When): Length {
  if (start.kind === "date" && end.kind === "date") {
    const days = (end.wall - start.wall) / daySeconds;
    if (days < 0) throw new Unreadable("bad_date");
    // Some write a single day like this; an event of no length would be no event.
    return { days: Math.max(1, days), seconds: 0 };
  }
  if (end.instant < start.instant) throw new Unreadable("bad_date");
  return { days: 0, seconds: end.instant - start.instant };
}

function rulesOf(component: Component, name: string, problems: Problems): Rule[] {
  return propertiesOf(component, name).flatMap(({ value }) => {
    const rule = parseRule(value);
    if (rule === null) problems.add("bad_rule");
    return rule ?? [];
  });
}

function datesOf<T>(
  component: Component,
  name: string,
  problems: Problems,
  read: (text: string, tzid: string | undefined) => T,
): T[] {
  return propertiesOf(component, name).flatMap(({ value, parameters }) => {
    const tzid = parameters.get("TZID");
    const texts = value.split(",").filter((text) => text.trim() !== "");
    return texts.flatMap((text) => problems.attempt(() => read(text, tzid)) ?? []);
  });
}

function extraDate(text: string, tzid: string | undefined, zones: Zones): ExtraDate {
  const [begin = "", end] = text.split("/");
  const when = whenIn(begin, tzid, zones);
  if (end === undefined) return { when, length: null };
  const length = parseDuration(end) ?? lengthBetween(when, whenIn(end, tzid, zones));
  return { when, length };
}

/** A time without a zone is one of the event's zone. */
function exception(text: string, tzid: string | undefined, start: When, zones: Zones): When {
  const when = whenIn(text, tzid, zones);
  if (when.kind !== "local" || when.named !== null || start.kind === "date") return when;
  return { ...when, named: start.named, zone: start.zone, instant: start.zone.instantOf(when.wall) };
}

function standsOf(property: Property | undefined, start: When, zones: Zones): EventTimes["stands"] {
  if (property === undefined) return null;
  const following = property.parameters.get("RANGE")?.toUpperCase() === "THISANDFUTURE";
  return { id: exception(property.value, property.parameters.get("TZID"), start, zones), following };
}
