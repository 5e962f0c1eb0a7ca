import { contentLines, nameOf, parseProperty, type Property } from "./content-lines.ts";

/** A VEVENT, VFREEBUSY, or STANDARD or DAYLIGHT of a VTIMEZONE: of its properties those that say something of time. */
export interface Component {
  readonly name: string;
  readonly properties: Property[];
}

export interface ZoneComponent {
  readonly id: string;
  /** What X-LIC-LOCATION says: often the name that the IANA has for it. */
  readonly location: string;
  readonly observances: Component[];
}

export interface CalendarText {
  readonly events: Component[];
  readonly freeBusy: Component[];
  readonly zones: ZoneComponent[];
  /** Properties of the calendar itself. */
  readonly own: Property[];
  /** Events beyond the limit. */
  readonly tooMany: number;
}

const maxEvents = 10_000;
const maxZones = 500;

/** All that is ever looked at. Titles, places, people and notes are not even taken apart. */
const wanted = new Set([
  "UID",
  "SEQUENCE",
  "RECURRENCE-ID",
  "DTSTART",
  "DTEND",
  "DURATION",
  "RRULE",
  "EXRULE",
  "RDATE",
  "EXDATE",
  "TRANSP",
  "STATUS",
  "FREEBUSY",
  "TZID",
  "X-LIC-LOCATION",
  "TZOFFSETFROM",
  "TZOFFSETTO",
  "METHOD",
  "REFRESH-INTERVAL",
  "X-PUBLISHED-TTL",
]);
const kept = new Set(["VEVENT", "VFREEBUSY", "STANDARD", "DAYLIGHT"]);

/** Null when it is no calendar at all. Components may lack their end, or hold others to any depth. */
export function readComponents(bytes: Uint8Array): CalendarText | null {
  const lines = contentLines(bytes);
  const first = lines.find((line) => line.trim() !== "");
  if (first === undefined || !/^BEGIN\s*:\s*VCALENDAR$/i.test(first.trim())) return null;
  const reader = new Reader();
  for (const line of lines) reader.take(line);
  return reader.end();
}

class Reader {
  readonly #text = { events: [] as Component[], freeBusy: [] as Component[], zones: [] as ZoneComponent[] };
  readonly #own: Property[] = [];
  #zone: { id: string; location: string; observances: Component[] } | null = null;
  #open: Component | null = null;
  /** How deep we are in components that nobody reads, such as alarms. */
  #ignored = 0;
  #tooMany = 0;

  take(line: string): void {
    const name = nameOf(line);
    if (name === "BEGIN") this.#begin(valueOf(line));
    else if (name === "END") this.#finish(valueOf(line));
    else if (this.#ignored === 0 && wanted.has(name)) this.#property(line);
  }

  end(): CalendarText {
    this.#close();
    this.#closeZone();
    return { ...this.#text, own: this.#own, tooMany: this.#tooMany };
  }

  #begin(name: string): void {
    if (name === "VCALENDAR") return this.#closeAll();
    if (name === "VEVENT" || name === "VFREEBUSY" || name === "VTIMEZONE") this.#closeAll();
    else this.#ignored += this.#ignored > 0 || !kept.has(name) ? 1 : 0;
    if (name === "VTIMEZONE") this.#zone = { id: "", location: "", observances: [] };
    else if (kept.has(name) && this.#ignored === 0) {
      this.#close();
      this.#open = { name, properties: [] };
    }
  }

  #finish(name: string): void {
    if (name === "VEVENT" || name === "VFREEBUSY" || name === "VTIMEZONE" || name === "VCALENDAR")
      return this.#closeAll();
    if (this.#ignored > 0) this.#ignored--;
    else if (name === "STANDARD" || name === "DAYLIGHT") this.#close();
  }

  #property(line: string): void {
    const property = parseProperty(line);
    if (property === null) return;
    if (this.#open !== null) this.#open.properties.push(property);
    else if (this.#zone === null) this.#own.push(property);
    else if (property.name === "TZID") this.#zone.id = property.value;
    else if (property.name === "X-LIC-LOCATION") this.#zone.location = property.value;
  }

  #closeAll(): void {
    this.#ignored = 0;
    this.#close();
    this.#closeZone();
  }

  #close(): void {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    if (open.name === "VFREEBUSY") this.#text.freeBusy.push(open);
    else if (open.name === "VEVENT") this.#pushEvent(open);
    else this.#zone?.observances.push(open);
  }

  #pushEvent(event: Component): void {
    if (this.#text.events.length < maxEvents) this.#text.events.push(event);
    else this.#tooMany++;
  }

  #closeZone(): void {
    const zone = this.#zone;
    this.#zone = null;
    if (zone !== null && this.#text.zones.length < maxZones) this.#text.zones.push(zone);
  }
}

function valueOf(line: string): string {
  return line
    .slice(line.indexOf(":") + 1)
    .trim()
    .toUpperCase();
}

export function propertyOf(component: Component, name: string): Property | undefined {
  return component.properties.find((property) => property.name === name);
}

export function propertiesOf(component: Component, name: string): Property[] {
  return component.properties.filter((property) => property.name === name);
}
