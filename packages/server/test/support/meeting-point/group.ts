import type { MeetingPoint } from "@jarvis/contract";
import { expectOk } from "../events.ts";
import { createMeeting, type MeetingOptions } from "../meeting.ts";
import { createWorld, type Person, type WorldOptions } from "../world.ts";

export interface Spot {
  latitude: number;
  longitude: number;
}

/** Opposite corners of one cell, about 1.4 km apart, and the centre of it. */
export const cell = {
  low: { latitude: 49.2481, longitude: -123.247 },
  high: { latitude: 49.2569, longitude: -123.2335 },
};
export const downtown = { latitude: 49.2827, longitude: -123.1207 };
export const south = { latitude: 49.1, longitude: -123.1 };

/** Ann invites Bob and Cem, who come; Dee has nothing to do with it. */
export async function meetingGroup(options: WorldOptions & { meeting?: MeetingOptions } = {}) {
  const world = await createWorld({ env: { JARVIS_RATE_LIMITS: "off" }, ...options });
  const people = await world.people("ann", "bob", "cem", "dee");
  const { ann, bob, cem } = people;
  const meeting = await createMeeting(world, ann, { accepted: [bob, cem], ...options.meeting });
  return {
    world,
    meeting,
    event: meeting.id,
    ...people,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

export async function startFrom(
  person: Person,
  event: string,
  spot: Spot & { mode?: string },
): Promise<void> {
  expectOk(await person.call("PUT", `/event/${event}/start`, spot));
}

export async function ask(person: Person, event: string, query = ""): Promise<MeetingPoint> {
  return expectOk(await person.call("GET", `/event/${event}/meeting_point${query}`));
}

/** The bytes of an answer. */
export async function askBytes(person: Person, event: string): Promise<string> {
  const { status, bytes } = await person.call("GET", `/event/${event}/meeting_point`);
  return `${status} ${new TextDecoder().decode(bytes)}`;
}

export function whoCounts({ from }: MeetingPoint): Record<string, string> {
  return Object.fromEntries(from.map(({ id, source }) => [id, source]));
}
