import ICAL from "ical.js";
import type { EventId } from "@jarvis/contract";
import { expectOk } from "./events.ts";
import type { Answer, Person, World } from "./world.ts";

interface Subscription {
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

/** So many plain events of one person, an hour apart, written directly: that many calls would take long. */
export async function seedEvents(
  { server: { ctx } }: World,
  owner: Person,
  count: number,
): Promise<EventId[]> {
  const now = ctx.clock.now();
  const ids = Array.from({ length: count }, () => ctx.random.id() as EventId); // made as the server makes them
  const place = {
    place_name: "Brix",
    place_address: "1138 Homer St, Vancouver",
    place_latitude: 49.2756,
    place_longitude: -123.1213,
  };
  await ctx.db.write(async ({ sql }) => {
    for (const [index, id] of ids.entries()) {
      const words = {
        name: `Dinner with friends, number ${index}`,
        description: "Bring a cake; and tea.\n".repeat(5),
      };
      const times = {
        start_ms: now + (index + 1) * 3_600_000,
        duration_ms: 7_200_000,
        time_zone: "UTC",
        all_day: 0,
      };
      const stamps = { cancelled: 0, version: 1, created_ms: now, updated_ms: now };
      const nothing = {
        capacity: null,
        original_start_ms: null,
        start_date: null,
        end_date: null,
        recurrence: null,
        own_columns: null,
      };
      const event = {
        id,
        owner_id: owner.id,
        kind: "single" as const,
        group_id: id,
        ...words,
        ...times,
        ...place,
        ...stamps,
        ...nothing,
      };
      await sql.insertInto("event").values(event).execute();
      const part = { role: "owner", rsvp: "accepted", state: "in", delivered: 1 } as const;
      const since = {
        invited_by: owner.id,
        invitation_id: null,
        invited_ms: now,
        answered_ms: now,
        left_ms: null,
      };
      await sql
        .insertInto("participant")
        .values({ event_id: id, user_id: owner.id, ...part, ...since })
        .execute();
    }
  });
  return ids;
}
