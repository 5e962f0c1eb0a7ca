import { type Budget, TooExpensive } from "./budget.ts";
import { type Component, propertiesOf, propertyOf, type ZoneComponent } from "./components.ts";
import { parseDateValue } from "./date-values.ts";
import { expandWalls } from "./expand.ts";
import { parseRule, type Rule } from "./rule.ts";
import { transitionZone, type Transition } from "./transition-zone.ts";
import type { Zone } from "./zone.ts";

/** What is kept of a VTIMEZONE: numbers alone. */
export interface ReducedZone {
  readonly id: string;
  readonly observances: readonly Observance[];
}

/** From its onsets on, clocks are `after` seconds ahead of UTC, and were `before`. */
interface Observance {
  readonly start: number;
  readonly before: number;
  readonly after: number;
  readonly rules: readonly Rule[];
  /** Wall times of single onsets. */
  readonly dates: readonly number[];
}

const maxOnsets = 5000;

/** A zone as the calendar itself describes it (RFC 5545, 3.6.5), or null when the description says nothing. */
export function vtimezone(
  given: ZoneComponent,
  id: string,
  range: { readonly to: number; readonly budget: Budget },
): { zone: Zone; reduced: ReducedZone } | null {
  const observances = given.observances.map(observanceOf).filter((each) => each !== null);
  if (observances.length === 0) return null;
  try {
    const transitions = observances.flatMap((observance) => onsetsOf(observance, range));
    return { zone: transitionZone(transitions), reduced: { id, observances } };
  } catch (error) {
    if (error instanceof TooExpensive) return null;
    throw error;
  }
}

function observanceOf(component: Component): Observance | null {
  const start = parseDateValue(propertyOf(component, "DTSTART")?.value ?? "");
  const before = offsetOf(propertyOf(component, "TZOFFSETFROM")?.value);
  const after = offsetOf(propertyOf(component, "TZOFFSETTO")?.value);
  if (start === null || before === null || after === null) return null;
  const rules = propertiesOf(component, "RRULE").map(({ value }) => parseRule(value));
  const dates = propertiesOf(component, "RDATE").flatMap(({ value }) => value.split(",").map(parseDateValue));
  return {
    start: start.wall,
    before,
    after,
    rules: rules.filter((rule) => rule !== null),
    dates: dates.filter((date) => date !== null).map(({ wall }) => wall),
  };
}

/** Onsets are wall times of the offset before them; UNTIL is an instant. */
function onsetsOf(
  { start, before, after, rules, dates }: Observance,
  { to, budget }: { readonly to: number; readonly budget: Budget },
): Transition[] {
  const walls = [start, ...dates];
  for (const rule of rules) {
    const until =
      rule.until === null ? to : Math.min(to, rule.until.wall + (rule.until.kind === "utc" ? before : 0));
    expandWalls(rule, { start, from: start, to: until }, budget, (wall) => walls.push(wall) < maxOnsets);
  }
  return walls.map((wall) => ({ at: wall - before, before, after }));
}

/** `+HHMM` or `-HHMMSS`, in seconds. */
function offsetOf(text: string | undefined): number | null {
  const found = /^([+-])?(\d{2}):?(\d{2})(?::?(\d{2}))?$/.exec(text?.trim() ?? "");
  if (found === null) return null;
  const [hours = 0, minutes = 0, seconds = 0] = found.slice(2).map((part) => Number(part ?? 0));
  const size = hours * 3600 + minutes * 60 + seconds;
  return size >= 86_400 ? null : found[1] === "-" ? -size : size;
}
