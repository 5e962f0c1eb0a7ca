import { newEvent } from "./party.ts";
import { connect, type TestSocket } from "./socket.ts";
import { createWorld, type Person, type World } from "./world.ts";

/** Going offline is told so long after the last connection ended. */
export const lingerMs = 10_000;

/** Ada and Bob are friends, Ada and Cem take part in one event, nobody knows Dee. */
export async function circle() {
  const world = await createWorld();
  const people = await world.people("ada", "bob", "cem", "dee");
  await world.befriend(people.ada, people.bob);
  const event = await newEvent(people.ada, people.cem);
  await people.cem.call("PUT", `/event/${event}/rsvp`, { status: "accepted" });
  return { world, ...people, event };
}

/** The last value that a connection was told of somebody; undefined where it was told nothing. */
export function lastTold(socket: TestSocket, person: Pick<Person, "id">): boolean | undefined {
  return told(socket, person).at(-1);
}

/** All that a connection was told of somebody, in order. */
export function told(socket: TestSocket, person: Pick<Person, "id">): boolean[] {
  return socket.of("online").flatMap(({ user, online }) => (user === person.id ? [online] : []));
}

let canaries = 0;

/**
 * Waits until everything has been delivered that was due to a connection whose person sees others: a friend who comes
 * online after it is told of after it.
 */
export async function allTold(world: World, viewer: Person, socket: TestSocket): Promise<void> {
  const canary = await world.person(`canary-${canaries++}`);
  await world.befriend(viewer, canary);
  await using _ = await connect(world.url, canary);
  await socket.next("online", ({ user }) => user === canary.id);
}

/** Resolves once a connection has been told this about somebody for the nth time. */
export async function tells(socket: TestSocket, person: Person, online: boolean, times = 1): Promise<void> {
  let seen = 0;
  await socket.next("online", (frame) => {
    if (frame.user !== person.id || frame.online !== online) return false;
    return ++seen >= times;
  });
}

export interface Shown {
  online: boolean | null;
  last_seen_ms: number | null;
}

/** What a call tells of somebody; the code where it is refused. */
export async function presenceOf(viewer: Person, id: string): Promise<Shown | string> {
  const { status, body, response } = await viewer.call("GET", `/user/${id}/presence`);
  return status === 200 ? response : String(body["code"]);
}
