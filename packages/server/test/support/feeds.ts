import ICAL from "ical.js";
import { expectOk } from "./events.ts";
import type { Answer, Person, World } from "./world.ts";

export interface Subscription {
  readonly calendar: string;
  readonly freebusy: string;
  readonly secret: string;
}

/** Makes somebody's calendar, and gives the paths at which it is read. */
export async function subscribe(person: Person): Promise<Subscription> {
  const made = expectOk(await person.call("POST", `/user/${person.id}/calendar`), 201);
  const path = (url: string) => new URL(url).pathname;
  return { calendar: path(made.url), freebusy: path(made.freebusy_url), secret: made.secret };
}

export interface Calendar extends Answer {
  readonly text: string;
  readonly root: ICAL.Component;
  readonly events: ICAL.Component[];
}

/** Reads a calendar as another program does. */
export async function readCalendar(
  world: Pick<World, "call">,
  path: string,
  headers: Record<string, string> = {},
): Promise<Calendar> {
  const answer = await world.call("GET", path, undefined, headers);
  if (answer.status !== 200) throw new Error(`answered ${answer.status} ${JSON.stringify(answer.body)}`);
  return Object.assign(answer, parseCalendar(new TextDecoder().decode(answer.bytes)));
}

export function parseCalendar(text: string): Pick<Calendar, "text" | "root" | "events"> {
  const root = new ICAL.Component(ICAL.parse(text) as unknown[]);
  return { text, root, events: root.getAllSubcomponents("vevent") };
}

/** The first value of a property, as text. */
export function valueOf(component: ICAL.Component, name: string): string | null {
  const value = component.getFirstPropertyValue(name);
  return value === null ? null : String(value);
}

/** One property of every event, in order. */
export function column({ events }: Pick<Calendar, "events">, name: string): (string | null)[] {
  return events.map((event) => valueOf(event, name));
}

/** One occurrence: when it starts (a date for whole days), its name and status. */
export type Shown = [start: string, end: string, name: string, status: string];

/** What a calendar shows from … to, with its rules expanded and their exceptions applied, by start. */
export function shownIn({ events }: Pick<Calendar, "events">, fromMs: number, toMs: number): Shown[] {
  const byUid = Map.groupBy(events, (event) => valueOf(event, "uid"));
  const shown = [...byUid.values()].flatMap((same) => expanded(same, fromMs, toMs));
  return shown.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function expanded(same: readonly ICAL.Component[], fromMs: number, toMs: number): Shown[] {
  const isException = (event: ICAL.Component) => event.hasProperty("recurrence-id");
  const master = same.find((event) => !isException(event));
  if (master === undefined) throw new Error("exceptions without a rule");
  const event = new ICAL.Event(master, { exceptions: same.filter(isException) });
  if (!event.isRecurring()) return [shownOf(event.startDate, event.endDate, event)];
  const found: Shown[] = [];
  const lengthMs = instantOf(event.endDate) - instantOf(event.startDate);
  const starts = event.iterator();
  // What was moved may stand before what comes after it by the rule.
  for (let start = starts.next(); start && instantOf(start) < toMs + spareMs; start = starts.next()) {
    const { startDate, endDate, item } = event.getOccurrenceDetails(start);
    // The library adds to the local time; the exact length is what all occurrences share (RFC 5545, 3.8.5.3).
    const end = item === event && !startDate.isDate ? plus(startDate, lengthMs) : endDate;
    if (instantOf(startDate) < toMs && instantOf(end) > fromMs) found.push(shownOf(startDate, end, item));
  }
  return found;
}

const spareMs = 40 * 24 * 60 * 60_000;

function shownOf(start: ICAL.Time, end: ICAL.Time, { component }: ICAL.Event): Shown {
  const text = (time: ICAL.Time) => (time.isDate ? time.toString() : new Date(instantOf(time)).toISOString());
  return [text(start), text(end), valueOf(component, "summary") ?? "", valueOf(component, "status") ?? ""];
}

function plus(time: ICAL.Time, ms: number): ICAL.Time {
  return ICAL.Time.fromJSDate(new Date(instantOf(time) + ms), true);
}

function instantOf(time: ICAL.Time): number {
  return time.toUnixTime() * 1_000;
}
