import { expect, test } from "bun:test";
import { createClient, positionAt, standings, type Store } from "@jarvis/sdk";
import { newEvent } from "./support/events.ts";
import { createMeeting, expectOk, minute } from "./support/meeting.ts";
import { lookAtTravel, stay } from "./support/travel.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

/** A store that follows the world's server to whatever port it has after a restart, and whose retries do not wait long. */
function storeOf(world: World, { token }: Person): Store {
  const first = world.url;
  const present = (url: string) => url.replace(first.replace(/^http/, ""), world.url.replace(/^http/, ""));
  class Following extends WebSocket {
    constructor(url: string, protocols?: string | string[]) {
      super(present(url), protocols);
    }
  }
  return createClient({
    baseUrl: first,
    token,
    random: { fraction: () => 0.02, id: () => crypto.randomUUID() },
    WebSocket: Following,
    fetch: (url, init) => fetch(present(url), init),
  }).openStore();
}

/** Lets the server's clock run until what the store holds meets a condition: positions are told once a second. */
async function until(world: World, met: () => boolean): Promise<void> {
  for (; !met(); await new Promise((resolve) => setTimeout(resolve, 1))) world.clock.advance(10);
}

const inS = (world: World, seconds: number) => world.clock.now() / 1_000 + seconds;

function upload(person: Person, latitude: number) {
  return person.call("POST", `/user/${person.id}/location`, { latitude, longitude: 1, accuracy: 5 });
}

test("a friend's position flows while the share lasts, over a break of the connection as well", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  await world.befriend(ada, bob);
  const store = storeOf(world, ada);
  await store.ready();
  const seen = () => store.getSnapshot().where.friends[bob.id]?.latitude;
  const stop = store.positions.watch({ user: bob.id });
  await bob.call("PUT", `/user/${bob.id}/shares/${ada.id}`, { until: inS(world, 3_600) });
  await until(world, () => store.getSnapshot().user?.shares.incoming[0]?.id === bob.id);
  await upload(bob, 49.1);
  await until(world, () => seen() === "49.1");
  const connections: string[] = [];
  store.on("connection", (state) => connections.push(state));
  await world.restart();
  await until(world, () => connections.includes("live"));
  await upload(bob, 49.2);
  await until(world, () => seen() === "49.2");
  await bob.call("DELETE", `/user/${bob.id}/shares/${ada.id}`);
  await until(world, () => seen() === undefined);
  expect(store.getSnapshot().user?.shares.incoming).toEqual([]);
  stop();
  store.close();
});

test("whoever is watched in an event is in the snapshot, until they share no more or nobody looks", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const place = { latitude: 49, longitude: 1 };
  const { id } = await newEvent(world, ada, { people: [bob.id], place });
  await bob.call("PUT", `/event/${id}/rsvp`, { status: "accepted" });
  const share = (state: string) => bob.call("PUT", `/event/${id}/sharing`, { state, precision: "exact" });
  await share("on");
  const store = storeOf(world, ada);
  await store.ready();
  const rows = () => store.getSnapshot().where.positions[id] ?? {};
  const stop = store.positions.watch(id);
  const stopToo = store.positions.watch(id);
  await upload(bob, 49.01);
  await until(world, () => rows()[bob.id]?.latitude === "49.01");
  const seen = rows()[bob.id];
  if (!seen) throw new Error("it was seen");
  expect(positionAt(seen, seen.heard_ms)).toMatchObject({ distance_m: 1112, stale: false });
  await share("paused");
  await until(world, () => rows()[bob.id]?.state === "paused");
  expect(rows()[bob.id]?.latitude).toBeUndefined();
  await share("off");
  await until(world, () => rows()[bob.id] === undefined);
  stop();
  stop(); // twice is once
  await share("on");
  await upload(bob, 49.02);
  await until(world, () => rows()[bob.id]?.latitude === "49.02");
  stopToo();
  expect(rows()).toEqual({});
  store.close();
});

test("phones that are set up, renamed and removed are in the snapshot", async () => {
  await using world = await createWorld();
  const { ada } = await world.people("ada");
  const first = await ada.call("POST", `/user/${ada.id}/devices`, { name: "Phone" });
  const store = storeOf(world, ada);
  await store.ready();
  const names = () => store.getSnapshot().user?.devices.map(({ name }) => name);
  expect(names()).toEqual(["Phone"]);
  await ada.call("POST", `/user/${ada.id}/devices`, { name: "Tablet" });
  await until(world, () => names()?.length === 2);
  await ada.call("PATCH", `/user/${ada.id}/devices/${first.response.id}`, { name: "Old phone" });
  await until(world, () => names()?.includes("Old phone") === true);
  await ada.call("DELETE", `/user/${ada.id}/devices/${first.response.id}`);
  await until(world, () => names()?.join() === "Tablet");
  store.close();
});

test("sharing that ends with the arrival ends in the snapshots of both, and what was said stays", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const meeting = await createMeeting(world, ada, { accepted: [bob] });
  const [hers, his] = [storeOf(world, ada), storeOf(world, bob)];
  for (const store of [hers, his]) {
    await store.ready();
    await store.load(meeting.id);
  }
  const stop = hers.positions.watch(meeting.id);
  await expectOk(bob.call("PUT", `/event/${meeting.id}/sharing`, { state: "on", until_arrival: true }));
  await stay(world, bob, 20);
  const standing = () =>
    standings(hers.getSnapshot().where, meeting.id, Date.now()).find(({ user }) => user === bob.id);
  await until(world, () => standing()?.is === "arrived" && (standing()?.position ?? null) !== null);
  expect(his.getSnapshot().events[meeting.id]?.sharing).toBe("on");
  world.clock.set(world.clock.now() + 5 * minute);
  await lookAtTravel(world);
  await until(world, () => his.getSnapshot().events[meeting.id]?.sharing === "off");
  await until(world, () => (standing()?.position ?? null) === null);
  expect(standing()?.is).toBe("arrived");
  stop();
  for (const store of [hers, his]) store.close();
});
