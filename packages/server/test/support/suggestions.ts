import type { Suggestion } from "@jarvis/contract";
import { createWorld, type Person, type World, type WorldOptions } from "./world.ts";
import { expectOk } from "./events.ts";

/** Saturday, noon in UTC: where the clock of a world begins. */
export const noonS = Date.UTC(2030, 5, 1, 12) / 1_000;
export const hourS = 3_600;
export const dayS = 24 * hourS;

/** Ann wants to find an hour with Bob and Cem, who have been invited; Dee has nothing to do with it. */
export async function timeless(options: WorldOptions = {}) {
  const world = await createWorld(options);
  const people = await world.people("ann", "bob", "cem", "dee");
  const { ann, bob, cem } = people;
  const event: string = expectOk(
    await ann.call("POST", "/event", { name: "Dinner", duration: hourS, people: [bob.id, cem.id] }),
    201,
  ).id;
  return { world, event, ...people, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

export function share(person: Person, event: string, from = noonS - dayS, to = noonS + 30 * dayS) {
  return person.call("PUT", `/event/${event}/availability`, { share: true, from, to });
}

/** Has something on, that many seconds after noon. */
export async function plan(person: Person, from: number, to: number, name = "Private"): Promise<string> {
  const body = { name, start_time: noonS + from, duration: to - from };
  return expectOk(await person.call("POST", "/event", body), 201).id;
}

export async function suggest(asker: Person, event: string, query = ""): Promise<Suggestion[]> {
  return expectOk(await asker.call("GET", `/event/${event}/suggestions${query}`));
}

/** When the suggestions begin, in hours after noon. */
export function hoursOf(suggestions: readonly Suggestion[]): number[] {
  return suggestions.map(({ start_time }) => (Number(start_time) - noonS) / hourS);
}

/** From … to, in hours after noon. */
export function between(from: number, to: number, more = ""): string {
  return `?from=${noonS + from * hourS}&to=${noonS + to * hourS}${more}`;
}

export const codesOf = ({ why }: Suggestion) => why.map(({ code }) => code);

export type Timeless = Awaited<ReturnType<typeof timeless>>;
export type { World };
