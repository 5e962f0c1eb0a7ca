import ICAL from "ical.js";

/** A property and a component as jCal has them (RFC 7265, sections 3.4 and 3.3): names in lower case, values as data. */
export type Property = readonly [
  name: string,
  parameters: Readonly<Record<string, string | readonly string[]>>,
  type: string,
  ...values: readonly Value[],
];
type Value =
  | string
  | number
  | readonly number[]
  | readonly string[]
  | Readonly<Record<string, string | number>>;
export type Component = readonly [
  name: string,
  properties: readonly Property[],
  components: readonly Component[],
];

// The library does not count the space that a folded line begins with; a line has 75 octets at most (RFC 5545, 3.1).
ICAL.foldLength = 74;

const lineEnd = "\r\n";

/** One component as iCalendar, folded and escaped. */
export function writeComponent(component: Component): string {
  // The library's type is an array of anything; it does not write to it.
  return ICAL.stringify.component([...component], ICAL.design.icalendar) + lineEnd;
}

/** A whole calendar of components that have been written already. */
export function writeCalendar(properties: readonly Property[], components: readonly string[]): string {
  const head = writeComponent(["vcalendar", properties, []]);
  const end = `END:VCALENDAR${lineEnd}`;
  return head.slice(0, -end.length) + components.join("") + end;
}

// Beside CR and LF, what some readers take for the end of a line, or stumble over.
const lineBreaks = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/g;
// oxlint-disable-next-line no-control-regex -- they are what is taken out
const controls = /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]/g;

/** What somebody typed, as a value of type TEXT: without control characters, which iCalendar has none of (RFC 5545, 3.1). */
export function toText(typed: string): string {
  return typed.replaceAll(lineBreaks, "\n").replaceAll(controls, "");
}

/** An instant as a UTC date-time of jCal, to the second. */
export function toUtc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
