import type { ComponentFilter, ParameterFilter, PropertyFilter, TextMatch } from "./filter.ts";
import { type Expansion, instancesOf } from "./instances.ts";
import type { Component, Property } from "../../lib/icalendar.ts";
import { componentsOf, propertiesOf, textOf } from "./jcal.ts";
import { type Range, timesOf } from "./times.ts";

/** Whether an object has what the filter asks for; one event has to meet all that is asked of it. */
export async function matches(
  calendar: Component,
  filter: ComponentFilter,
  expansion: Expansion,
): Promise<boolean> {
  if (filter.name !== calendar[0]) return filter.absent;
  return !filter.absent && (await meets({ calendar, expansion }, calendar, filter));
}

interface Asked {
  readonly calendar: Component;
  readonly expansion: Expansion;
}

type Present<F> = Extract<F, { absent: false }>;

async function meets(asked: Asked, component: Component, filter: Present<ComponentFilter>): Promise<boolean> {
  const { floatingZone } = asked.expansion;
  if (!filter.properties.every((one) => hasProperty(component, one, floatingZone))) return false;
  for (const inner of filter.components) if (!(await hasComponent(asked, component, inner))) return false;
  return filter.range === null || (await takesPlace(asked, component, filter.range));
}

async function hasComponent(asked: Asked, parent: Component, filter: ComponentFilter): Promise<boolean> {
  const named = componentsOf(parent, filter.name);
  if (filter.absent) return named.length === 0;
  for (const component of named) if (await meets(asked, component, filter)) return true;
  return false;
}

/** Ranges are asked of events only: there is nothing else here that takes place. */
async function takesPlace({ calendar, expansion }: Asked, event: Component, range: Range): Promise<boolean> {
  return (await instancesOf(calendar, event, range, expansion, 1)).length > 0;
}

function hasProperty(component: Component, filter: PropertyFilter, floatingZone: string): boolean {
  const named = propertiesOf(component, filter.name);
  if (filter.absent) return named.length === 0;
  return named.some((property) => propertyMeets(property, filter, floatingZone));
}

function propertyMeets(property: Property, filter: Present<PropertyFilter>, floatingZone: string): boolean {
  const { range, text, parameters } = filter;
  if (range !== null && !timesOf(property, floatingZone).some(({ ms }) => isWithin(range, ms))) return false;
  if (text !== null && !textMeets(textOf(property), text)) return false;
  return parameters.every((parameter) => hasParameter(property, parameter));
}

function isWithin({ startMs, endMs }: Range, ms: number): boolean {
  return startMs <= ms && ms < endMs;
}

function hasParameter([, parameters]: Property, filter: ParameterFilter): boolean {
  const value = parameters[filter.name];
  if (filter.absent) return value === undefined;
  if (value === undefined) return false;
  const values = typeof value === "string" ? [value] : value;
  return filter.text === null || textMeets(values.join(","), filter.text);
}

function textMeets(value: string, { text, ignoresCase, negated }: TextMatch): boolean {
  const fold = ignoresCase ? foldAscii : (one: string) => one;
  return fold(value).includes(fold(text)) !== negated;
}

/** i;ascii-casemap (RFC 4790, section 9.2): the letters of ASCII alone. */
function foldAscii(text: string): string {
  return text.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase());
}
