import type { OwnFix } from "@jarvis/contract";
import { expectOk } from "./events.ts";
import { connect, type TestSocket } from "./socket.ts";
import type { Answer, Person, World } from "./world.ts";

/** Shows a friend where somebody is, for an hour unless it says otherwise. */
export function showTo(
  world: Pick<World, "clock">,
  sharer: Person,
  friend: Person,
  seconds = 3_600,
  more: object = {},
): Promise<Answer> {
  const until = world.clock.now() / 1_000 + seconds;
  return sharer.call("PUT", `/user/${sharer.id}/shares/${friend.id}`, { until, ...more });
}

export function hideFrom(sharer: Person, friend: Person): Promise<Answer> {
  return sharer.call("DELETE", `/user/${sharer.id}/shares/${friend.id}`);
}

export const fullFix = {
  latitude: 49.2612345,
  longitude: -123.2456789,
  accuracy: 7,
  altitude: 81,
  speed: 4.5,
  heading: 270,
  battery: 63,
};

export async function moveTo(person: Person, fix: object = fullFix): Promise<void> {
  expectOk(await person.call("POST", `/user/${person.id}/location`, fix));
}

/** What one sees of another: the position, or the code of the refusal. */
export async function look(viewer: Person, person: Person): Promise<OwnFix | string> {
  const answer = await viewer.call("GET", `/user/${person.id}/location`);
  return answer.status === 200 ? (answer.response as OwnFix) : String(answer.body.code);
}

export async function watcherOf(world: World, viewer: Person, ...people: Person[]): Promise<TestSocket> {
  const socket = await connect(world.url, viewer);
  for (const { id } of people) socket.send({ type: "watch", user: id });
  await socket.flushed();
  return socket;
}

/** Latitudes that a connection was shown of friends. */
export function shownTo(socket: TestSocket): string[] {
  return socket.of("friend_position").map(({ latitude }) => latitude);
}

export async function threeFriends(world: World) {
  const people = await world.people("ada", "bob", "cem", "dan");
  await world.befriend(people.ada, people.bob);
  await world.befriend(people.ada, people.cem);
  return people;
}
