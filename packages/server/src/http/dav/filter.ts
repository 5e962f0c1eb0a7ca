import { invalidFilter, PreconditionFailed, unsupportedFilter } from "./errors.ts";
import { caldav } from "./names.ts";
import { type Range, utcMs } from "./times.ts";
import { childOf, childrenOf, type Element } from "./xml-read.ts";

/** What an object has to have (RFC 4791, section 9.7); of what is absent nothing else is asked. */
export type ComponentFilter = { readonly name: string } & (
  | { readonly absent: true }
  | {
      readonly absent: false;
      readonly range: Range | null;
      readonly properties: readonly PropertyFilter[];
      readonly components: readonly ComponentFilter[];
    }
);

export type PropertyFilter = { readonly name: string } & (
  | { readonly absent: true }
  | {
      readonly absent: false;
      readonly range: Range | null;
      readonly text: TextMatch | null;
      readonly parameters: readonly ParameterFilter[];
    }
);

export type ParameterFilter = { readonly name: string } & (
  | { readonly absent: true }
  | { readonly absent: false; readonly text: TextMatch | null }
);

export interface TextMatch {
  readonly text: string;
  readonly ignoresCase: boolean;
  readonly negated: boolean;
}

/** Properties whose values are times, which a range may be asked of. */
const timed = new Set(["dtstart", "dtend", "recurrence-id", "dtstamp", "created", "last-modified"]);

/** Several times what clients ask. Each is asked of each object, and a range of a series costs its instances. */
const maxConditions = 32;

/** Reads a `filter`; what it may not say, or what is not served, is refused by name. */
export function parseFilter(filter: Element): ComponentFilter {
  requireKnown(filter, ["comp-filter"]);
  if (sizeOf(filter) > maxConditions) throw unsupportedFilter(filter.name);
  const [top, ...more] = childrenOf(filter, caldav("comp-filter"));
  if (top === undefined || more.length > 0 || nameOf(top) !== "vcalendar") throw invalidFilter();
  return parseComponent(top, null);
}

function sizeOf({ children }: Element): number {
  return children.reduce((sum, child) => sum + 1 + sizeOf(child), 0);
}

function parseComponent(element: Element, parent: string | null): ComponentFilter {
  requireKnown(element, ["is-not-defined", "time-range", "prop-filter", "comp-filter"]);
  const name = nameOf(element);
  if (isAbsent(element)) return { name, absent: true };
  const range = rangeOf(element);
  // A calendar takes place at no time, and its zones do not either; alarms and free/busy times there are none.
  if (range !== null && !(parent === "vcalendar" && ["vevent", "vtodo", "vjournal"].includes(name)))
    throw unsupportedFilter(element.name);
  return {
    name,
    absent: false,
    range,
    properties: childrenOf(element, caldav("prop-filter")).map(parseProperty),
    components: childrenOf(element, caldav("comp-filter")).map((child) => parseComponent(child, name)),
  };
}

function parseProperty(element: Element): PropertyFilter {
  requireKnown(element, ["is-not-defined", "time-range", "text-match", "param-filter"]);
  const name = nameOf(element);
  if (isAbsent(element)) return { name, absent: true };
  const range = rangeOf(element);
  const text = textMatchOf(element);
  if (range !== null && text !== null) throw invalidFilter();
  if (range !== null && !timed.has(name)) throw unsupportedFilter(element.name);
  const parameters = childrenOf(element, caldav("param-filter")).map(parseParameter);
  return { name, absent: false, range, text, parameters };
}

function parseParameter(element: Element): ParameterFilter {
  requireKnown(element, ["is-not-defined", "text-match"]);
  const name = nameOf(element);
  // jCal has the type of a value in its place.
  if (name === "value") throw unsupportedFilter(element.name);
  return isAbsent(element) ? { name, absent: true } : { name, absent: false, text: textMatchOf(element) };
}

/** A condition that is not understood must not count as one that holds. */
function requireKnown(element: Element, known: readonly string[]): void {
  const strange = element.children.find(({ name }) => !known.some((local) => name === caldav(local)));
  if (strange !== undefined) throw unsupportedFilter(strange.name);
}

function nameOf({ attributes }: Element): string {
  const name = attributes.get("name")?.toLowerCase();
  if (name === undefined || name === "") throw invalidFilter();
  return name;
}

function isAbsent(element: Element): boolean {
  if (childOf(element, caldav("is-not-defined")) === undefined) return false;
  if (element.children.length > 1) throw invalidFilter();
  return true;
}

function rangeOf(element: Element): Range | null {
  const [range, ...more] = childrenOf(element, caldav("time-range"));
  if (more.length > 0) throw invalidFilter();
  return range === undefined ? null : parseRange(range);
}

/** A `time-range`: both ends UTC, one at least. */
export function parseRange({ attributes }: Element): Range {
  const start = attributes.get("start");
  const end = attributes.get("end");
  const startMs = start === undefined ? Number.NEGATIVE_INFINITY : utcMs(start);
  const endMs = end === undefined ? Number.POSITIVE_INFINITY : utcMs(end);
  if (startMs === null || endMs === null || (start ?? end) === undefined) throw invalidFilter();
  if (endMs <= startMs) throw invalidFilter();
  return { startMs, endMs };
}

export const collations = ["i;ascii-casemap", "i;octet"] as const;

function textMatchOf(element: Element): TextMatch | null {
  const [match, ...more] = childrenOf(element, caldav("text-match"));
  if (more.length > 0) throw invalidFilter();
  if (match === undefined) return null;
  const collation = match.attributes.get("collation") ?? "i;ascii-casemap";
  const negate = match.attributes.get("negate-condition") ?? "no";
  if (!["default", ...collations].includes(collation))
    throw new PreconditionFailed(caldav("supported-collation"));
  if (negate !== "yes" && negate !== "no") throw invalidFilter();
  return { text: match.text, ignoresCase: collation !== "i;octet", negated: negate === "yes" };
}
