import { expect } from "bun:test";
import type { EventId } from "@jarvis/contract";
import type { Answer, Person, World } from "./world.ts";

export const minute = 60_000;
export const hour = 60 * minute;
/** Where the meeting takes place, and a point about 1.1 km north of it. */
export const plaza = { latitude: 49.26, longitude: -123.24 };
export const northOfPlaza = { latitude: 49.27, longitude: -123.24 };

/** An event with a place, whose guests have answered as given. */
export interface Meeting {
  readonly id: EventId;
  readonly startMs: number;
  readonly opensMs: number;
  readonly closesMs: number;
}

export interface MeetingOptions {
  accepted?: Person[];
  maybe?: Person[];
  invited?: Person[];
  declined?: Person[];
  /** From now to the start; 30 minutes, so that the window is open. */
  inMs?: number;
  durationMs?: number;
}

export async function createMeeting(world: World, owner: Person, options: MeetingOptions): Promise<Meeting> {
  const {
    accepted = [],
    maybe = [],
    invited = [],
    declined = [],
    inMs = 30 * minute,
    durationMs = hour,
  } = options;
  const startMs = world.clock.now() + inMs;
  const people = [...accepted, ...maybe, ...invited, ...declined].map((person) => person.id);
  const made = await owner.call("POST", "/event", {
    name: "Lunch",
    start_time: startMs / 1000,
    duration: durationMs / 1000,
    place: plaza,
    people,
  });
  expect(made.status).toBe(201);
  const id: EventId = made.response.id;
  for (const [status, group] of Object.entries({ accepted, maybe, declined })) {
    for (const person of group) await expectOk(person.call("PUT", `/event/${id}/rsvp`, { status }));
  }
  return { id, startMs, opensMs: startMs - hour, closesMs: startMs + durationMs + 15 * minute };
}

export async function expectOk(answer: Promise<Answer>): Promise<Answer> {
  const { status, body } = await answer;
  expect({ status, body }).toMatchObject({ status: 200 });
  return answer;
}

/** The answer's status and code: what a refusal is told apart by. */
export async function refusal(answer: Promise<Answer>): Promise<string> {
  const { status, body } = await answer;
  const code = body["code"];
  return typeof code === "string" ? `${status} ${code}` : `${status}`;
}

export function share(person: Person, meeting: Meeting, state = "on", precision?: string): Promise<Answer> {
  const body = precision === undefined ? { state } : { state, precision };
  return expectOk(person.call("PUT", `/event/${meeting.id}/sharing`, body));
}

export function move(person: Person, to: object): Promise<Answer> {
  return expectOk(person.call("POST", `/user/${person.id}/location`, to));
}

/** Whom somebody sees in a meeting, by name, with the state of each. */
export async function seenBy(person: Person, meeting: Meeting): Promise<Record<string, string>> {
  const { response } = await expectOk(person.call("GET", `/event/${meeting.id}/locations`));
  const rows: { username: string; state: string }[] = response;
  return Object.fromEntries(rows.map(({ username, state }) => [username, state]));
}
