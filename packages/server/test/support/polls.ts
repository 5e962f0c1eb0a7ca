import type { Poll } from "@jarvis/contract";
import { expectOk } from "./events.ts";
import type { Answer, Person, World } from "./world.ts";

/** An event without a time, for whose poll two times are offered. */
export interface Polled {
  readonly event: string;
  readonly first: string;
  readonly second: string;
  readonly owner: Person;
}

const hour = 3_600;

export async function newPoll(world: World, owner: Person, ...guests: Person[]): Promise<Polled> {
  const people = guests.map(({ id }) => id);
  const { id: event } = expectOk(
    await owner.call("POST", "/event", { name: "Walk", duration: hour, people }),
    201,
  );
  const nowS = Math.floor(world.clock.now() / 1_000);
  const options = [{ start_time: nowS + 24 * hour }, { start_time: nowS + 48 * hour }];
  const [first, second] = expectOk(await offer(owner, event, options), 201);
  return { event, first: first.id, second: second.id, owner };
}

export function offer(by: Person, event: string, options: readonly object[]): Promise<Answer> {
  return by.call("POST", `/event/${event}/options`, { options });
}

export function vote(by: Person, event: string, votes: Record<string, unknown>): Promise<Answer> {
  return by.call("PUT", `/event/${event}/votes`, votes);
}

export async function pollOf(by: Person, event: string): Promise<Poll> {
  return expectOk(await by.call("GET", `/event/${event}/options`));
}

/** How each option stands, as `yes/if_needed/no`. */
export async function standing(by: Person, event: string): Promise<Record<string, string>> {
  const { options } = await pollOf(by, event);
  return Object.fromEntries(
    options.map(({ id, tally }) => [id, `${tally.yes}/${tally.if_needed}/${tally.no}`]),
  );
}

export function settings(by: Person, event: string, body: object): Promise<Answer> {
  return by.call("PUT", `/event/${event}/poll`, body);
}

export function activate(by: Person, event: string, body: object, version?: number): Promise<Answer> {
  const headers = version === undefined ? undefined : { "if-match": `"${version}"` };
  return by.call("POST", `/event/${event}/activate`, body, headers);
}
