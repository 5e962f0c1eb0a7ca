import ICAL from "ical.js";
import type { Component, Property } from "../../lib/icalendar.ts";

/** Reads an object that this server has written. */
export function parseCalendar(ics: string): Component {
  return ICAL.parse(ics) as Component; // one VCALENDAR: the library answers a list only where there are several
}

export function propertiesOf(component: Component, name: string): Property[] {
  return component[1].filter(([called]) => called === name);
}

export function propertyOf(component: Component, name: string): Property | undefined {
  return component[1].find(([called]) => called === name);
}

export function componentsOf(component: Component, name: string): Component[] {
  return component[2].filter(([called]) => called === name);
}

/** All values of a property as one text, as a reader of the property sees it. */
export function textOf([, , type, ...values]: Property): string {
  return values.map((value) => (type === "recur" ? ruleText(value) : wireText(type, value))).join(",");
}

/** jCal writes times with separators, iCalendar without (RFC 7265, section 3.6). */
function wireText(type: string, value: unknown): string {
  const text = Array.isArray(value) ? value.join(";") : String(value);
  return type.startsWith("date") ? text.replaceAll(/[-:]/g, "") : text;
}

/** A rule as iCalendar writes it. */
export function ruleText(rule: unknown): string {
  // The parser has made it: what RFC 7265 calls a structured value.
  return ICAL.Recur.fromData(rule as ConstructorParameters<typeof ICAL.Recur>[0]).toString();
}
