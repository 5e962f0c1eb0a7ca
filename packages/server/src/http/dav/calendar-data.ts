import { type Component, type Property, writeComponent } from "../../lib/icalendar.ts";
import { invalidFilter, PreconditionFailed } from "./errors.ts";
import { parseRange } from "./filter.ts";
import { allInstancesOf, type Expansion, type Instance, instancesOf } from "./instances.ts";
import { componentsOf, parseCalendar, propertyOf } from "./jcal.ts";
import { caldav } from "./names.ts";
import { type Range, timesOf } from "./times.ts";
import { childOf, childrenOf, type Element } from "./xml-read.ts";

/** Which parts of an object a report asks for (RFC 4791, section 9.6); null: all that there is. */
export interface DataRequest {
  readonly expand: Range | null;
  readonly limit: Range | null;
  readonly parts: Parts | null;
}

interface Parts {
  readonly name: string;
  /** Null: all. */
  readonly properties: ReadonlySet<string> | null;
  readonly components: readonly Parts[] | null;
}

/** Instances that one object may be expanded into. */
const maxInstances = 2_000;

export function parseDataRequest(element: Element): DataRequest | null {
  const type = element.attributes.get("content-type") ?? "text/calendar";
  if (type !== "text/calendar" || (element.attributes.get("version") ?? "2.0") !== "2.0")
    throw new PreconditionFailed(caldav("supported-calendar-data"));
  const expand = rangeIn(element, "expand");
  const limit = rangeIn(element, "limit-recurrence-set");
  if (expand !== null && limit !== null) throw invalidFilter();
  const top = childOf(element, caldav("comp"));
  const parts = top === undefined ? null : parseParts(top);
  return expand === null && limit === null && parts === null ? null : { expand, limit, parts };
}

function rangeIn(element: Element, name: string): Range | null {
  const found = childOf(element, caldav(name));
  if (found === undefined) return null;
  const range = parseRange(found);
  if (!Number.isFinite(range.startMs) || !Number.isFinite(range.endMs)) throw invalidFilter();
  return range;
}

function parseParts(element: Element): Parts {
  const named = (child: Element) => child.attributes.get("name")?.toLowerCase() ?? "";
  const properties = childrenOf(element, caldav("prop")).map(named);
  const hasAll = (name: string) => childOf(element, caldav(name)) !== undefined;
  return {
    name: named(element),
    properties: hasAll("allprop") ? null : new Set(properties),
    components: hasAll("allcomp") ? null : childrenOf(element, caldav("comp")).map(parseParts),
  };
}

/** An object as it was asked for. */
export async function calendarData(
  ics: string,
  request: DataRequest | null,
  expansion: Expansion,
): Promise<string> {
  if (request === null) return ics;
  const { expand, limit, parts } = request;
  let calendar = parseCalendar(ics);
  if (expand !== null) calendar = await expanded(calendar, expand, expansion);
  if (limit !== null) calendar = await limited(calendar, limit, expansion);
  return writeComponent(parts === null ? calendar : selected(calendar, parts));
}

function selected([name, properties, components]: Component, parts: Parts): Component {
  const { properties: names, components: inner } = parts;
  return [
    name,
    names === null ? properties : properties.filter(([called]) => names.has(called)),
    inner === null ? components : components.flatMap((one) => selectedBy(one, inner)),
  ];
}

function selectedBy(component: Component, wanted: readonly Parts[]): Component[] {
  const parts = wanted.find(({ name }) => name === component[0]);
  return parts === undefined ? [] : [selected(component, parts)];
}

/** Each instance as an event of its own, in UTC (section 9.6.5). */
async function expanded(calendar: Component, range: Range, expansion: Expansion): Promise<Component> {
  const instances = await allInstancesOf(calendar, range, expansion, maxInstances);
  const isSeries = componentsOf(calendar, "vevent").some((event) => recurs(event));
  return [
    calendar[0],
    calendar[1],
    instances.map((instance) => alone(instance, isSeries, expansion.floatingZone)),
  ];
}

const ofSeries = new Set(["rrule", "rdate", "exdate"]);

function recurs(event: Component): boolean {
  return event[1].some(([name]) => name === "rrule" || name === "rdate" || name === "recurrence-id");
}

function alone(instance: Instance, isSeries: boolean, floatingZone: string): Component {
  const { component, startMs, endMs, start } = instance;
  const at = (name: string, ms: number) => moment(name, ms, start.isDate ? start.timeZone : null);
  const properties = component[1]
    .filter(([name]) => !ofSeries.has(name))
    .map((property) => {
      const [name] = property;
      if (name === "dtstart") return at(name, startMs);
      if (name === "dtend" && endMs !== null) return at(name, endMs);
      return name === "recurrence-id" ? inUtc(property, floatingZone) : property;
    });
  const named = propertyOf(component, "recurrence-id") !== undefined || !isSeries;
  return ["vevent", named ? properties : [...properties, at("recurrence-id", startMs)], component[2]];
}

function inUtc(property: Property, floatingZone: string): Property {
  const [time] = timesOf(property, floatingZone);
  return time === undefined ? property : moment(property[0], time.ms, time.isDate ? time.timeZone : null);
}

/** A day stays a day; anything else is an instant. */
function moment(name: string, ms: number, dayIn: string | null): Property {
  if (dayIn === null) return [name, {}, "date-time", `${new Date(ms).toISOString().slice(0, 19)}Z`];
  const day = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(dayIn).toPlainDate();
  return [name, {}, "date", day.toString()];
}

/** The series, and of its exceptions those that touch the range, where they are now or where they were (section 9.6.6). */
async function limited(calendar: Component, range: Range, expansion: Expansion): Promise<Component> {
  const kept: Component[] = [];
  for (const component of calendar[2])
    if (await touches(calendar, component, range, expansion)) kept.push(component);
  return [calendar[0], calendar[1], kept];
}

async function touches(
  calendar: Component,
  component: Component,
  range: Range,
  expansion: Expansion,
): Promise<boolean> {
  const original = propertyOf(component, "recurrence-id");
  if (original === undefined) return true;
  const [was] = timesOf(original, expansion.floatingZone);
  if (was !== undefined && range.startMs <= was.ms && was.ms < range.endMs) return true;
  return (await instancesOf(calendar, component, range, expansion, 1)).length > 0;
}
