import { type EventId, eventStream } from "@jarvis/contract";
import { movedClock } from "./clock.ts";
import { entriesOf, expectOk, nextCursor } from "./events.ts";
import { createWorld, type Json, type Person, type World } from "./world.ts";

export const hour = 3_600;
export const vancouver = "America/Vancouver";

/** When the tests of series begin: a month before the first Tuesday. */
export const begunMs = Date.UTC(2029, 11, 1);

/** 18:00 in Vancouver, in winter, on the Tuesdays from 2030-01-01 on; in unix seconds. */
export function tuesday(week: number, localHour = 18): number {
  return Date.UTC(2030, 0, 1 + 7 * week, localHour + 8) / 1000;
}

/** Six Tuesdays, unless told otherwise. */
export async function weekly(owner: Person, input: Record<string, unknown> = {}): Promise<Json> {
  const base = { name: "Volley", start_time: tuesday(0), duration: 2 * hour, time_zone: vancouver };
  const body = { ...base, recurrence: "FREQ=WEEKLY;COUNT=6", ...input };
  return expectOk(await owner.call("POST", "/event", body), 201);
}

/** The occurrences of a series as the person's list has them. */
export async function occurrencesOf(person: Person, series: string, more = ""): Promise<Json[]> {
  const rows: Json[] = [];
  let cursor: string | undefined;
  do {
    const goesOn = cursor === undefined ? "" : `&cursor=${cursor}`;
    const path = `/user/${person.id}/events?series=${series}&limit=200${more}${goesOn}`;
    const answer = await person.call("GET", path);
    rows.push(...expectOk(answer));
    cursor = nextCursor(answer);
  } while (cursor !== undefined);
  return rows;
}

export function startsOf(rows: readonly Json[]): number[] {
  return rows.map(({ start_time }) => Number(start_time));
}

export function idsOf(rows: readonly Json[]): string[] {
  return rows.map(({ id }) => id);
}

/** A server whose time is a month before the first Tuesday. */
export function createSeriesWorld(): Promise<World> {
  return createWorld({ clock: movedClock(begunMs) });
}

/** What the chat has been told, in order; null stands for what people wrote. */
export async function systemMessages({ server }: World, series: EventId): Promise<unknown[]> {
  const rows = await server.ctx.db.read
    .selectFrom("message")
    .select("system")
    .where("event_id", "=", series)
    .orderBy("seq")
    .execute();
  return rows.map(({ system }) => JSON.parse(system ?? "null") as unknown);
}

export async function eventEntries(world: World, series: EventId): Promise<unknown[]> {
  const entries = await entriesOf(world, eventStream(series));
  return entries.filter(({ kind }) => kind === "event").map(({ data }) => data);
}

/** The hour of a day in London, in unix seconds, by the platform's own formatter. */
export function inLondon(day: number, at: number): number {
  const utc = day * 24 * hour + at * hour;
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: "Europe/London",
    hour: "2-digit",
    hourCycle: "h23",
  });
  return Number(format.format(utc * 1000)) === at ? utc : utc - hour;
}
