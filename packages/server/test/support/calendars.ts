import type { Calendar } from "@jarvis/contract";
import { busyOf } from "../../src/calendars/service.ts";
import { expectOk } from "./events.ts";
import { innerHosts } from "./inner-addresses.ts";
import { PretendedNetwork, publicAddress, startSite } from "./network.ts";
import { createWorld, type Person, type World, type WorldOptions } from "./world.ts";

export const quarterMs = 15 * 60_000;

/** An iCalendar file of these events, each given by its lines. */
export function ics(...events: string[][]): string {
  const lines = events.flatMap((event, index) =>
    ["BEGIN:VEVENT", `UID:${index}@example.org`, "DTSTAMP:20300101T000000Z"].concat(event, "END:VEVENT"),
  );
  return ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", ...lines, "END:VCALENDAR", ""].join("\r\n");
}

/** From … to in UTC, as `20300602T150000Z`. */
export function at(start: string, end: string, ...more: string[]): string[] {
  return [`DTSTART:${start}`, `DTEND:${end}`, ...more];
}

export const dentist = at("20300602T150000Z", "20300602T153000Z", "SUMMARY:Dentist Dr Canary");
export const dentistMs = Date.UTC(2030, 5, 2, 15);

export function calendarFile(text: string | Uint8Array<ArrayBuffer>): Blob {
  return new Blob([text], { type: "text/calendar" });
}

export function sendFile(person: Person, text: string | Uint8Array<ArrayBuffer>, query = "") {
  return person.call("POST", `/user/${person.id}/calendars${query}`, calendarFile(text));
}

export async function importFile(person: Person, text: string, query = ""): Promise<Calendar> {
  return expectOk(await sendFile(person, text, query), 201);
}

export function sendUrl(person: Person, url: string, name?: string) {
  return person.call("POST", `/user/${person.id}/calendars`, { url, name });
}

export async function connectUrl(person: Person, url: string, name?: string): Promise<Calendar> {
  return expectOk(await sendUrl(person, url, name), 201);
}

export async function calendarsOf(person: Person): Promise<Calendar[]> {
  return expectOk(await person.call("GET", `/user/${person.id}/calendars`));
}

export function refresh(person: Person, { id }: Calendar) {
  return person.call("POST", `/user/${person.id}/calendars/${id}/refresh`);
}

/** When somebody is busy by their calendars, in milliseconds since 1970. */
export async function busyMs(world: World, person: Person): Promise<[from: number, to: number][]> {
  const arrays = (await busyOf(world.server.ctx.db.read, [person.id])).get(person.id) ?? [];
  return arrays.flatMap((quarters) =>
    Array.from({ length: quarters.length / 2 }, (_, index): [number, number] => [
      (quarters[2 * index] ?? 0) * quarterMs,
      (quarters[2 * index + 1] ?? 0) * quarterMs,
    ]),
  );
}

/** What a site answers: a test may change it at any time. */
interface Answering {
  answer: (request: Request) => Response | Promise<Response>;
}

/** A server, and a site on a pretended internet: every name under `.example` leads to it. */
export async function createCalendarWorld(options: WorldOptions = {}) {
  const answering: Answering = { answer: () => new Response(ics(dentist)) };
  const site = startSite((request) => answering.answer(request));
  const trap = startSite(() => new Response(ics(dentist)));
  const names = (host: string) => {
    if (host.endsWith(".example")) return [publicAddress];
    return innerHosts[host] ?? (host.endsWith(".lan") ? ["10.0.0.7"] : undefined);
  };
  const network = new PretendedNetwork(names, { site: site.port, trap: trap.port });
  const world = await createWorld({ ...options, overrides: { network, ...options.overrides } });
  return {
    world,
    site,
    trap,
    network,
    answering,
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await site[Symbol.asyncDispose]();
      await trap[Symbol.asyncDispose]();
    },
  };
}
