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
