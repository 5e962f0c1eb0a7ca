import { describe, expect, test } from "bun:test";
import { createMeeting, expectOk, move, northOfPlaza, plaza, share } from "./support/meeting.ts";
import { connect, type TestSocket } from "./support/socket.ts";
import { createWorld, type Json, type Person, type World } from "./support/world.ts";

async function meetingOfThree() {
  const world = await createWorld();
  const { ada, bob, cem } = await world.people("ada", "bob", "cem");
  const meeting = await createMeeting(world, ada, { accepted: [bob, cem] });
  return { world, ada, bob, cem, event: meeting.id };
}

async function watching(world: World, person: Person, event: string): Promise<TestSocket> {
  const socket = await connect(world.url, person);
  socket.send({ type: "watch", event, ref: "w" });
  await socket.flushed();
  return socket;
}

/** Latitudes that a connection was shown. */
function latitudes(socket: TestSocket): (string | undefined)[] {
  return socket.of("position").map(({ latitude }) => latitude);
}

async function flush(...sockets: TestSocket[]): Promise<void> {
  for (const socket of sockets) await socket.flushed();
}

describe("positions", () => {
  test("flow to those who watch and may see, beginning with the present ones", async () => {
    const { world, ada, bob, cem, event } = await meetingOfThree();
    await using _ = world;
    await share(bob, { id: event } as Json);
    await move(bob, northOfPlaza);
    await using watcher = await watching(world, ada, event);
    const first = await watcher.next("position");
    expect(first).toMatchObject({ event, user: bob.id, latitude: "49.27", state: "travelling" });
    await using other = await connect(world.url, cem);
    await using own = await watching(world, bob, event);
    world.clock.advance(2_000);
    own.send({ type: "location", ...plaza });
    await watcher.next("position", ({ latitude }) => latitude === "49.26");
    await flush(other, own);
    expect([latitudes(other), latitudes(own)]).toEqual([[], []]);
    watcher.send({ type: "unwatch", event });
    await watcher.flushed();
    world.clock.advance(2_000);
    await move(bob, northOfPlaza);
    await watcher.flushed();
    expect(latitudes(watcher)).toEqual(["49.27", "49.26"]);
  });

  test("come at most once a second for each person, and the newest comes at its end", async () => {
    const { world, ada, bob, event } = await meetingOfThree();
    await using _ = world;
    await share(bob, { id: event } as Json);
    await using watcher = await watching(world, ada, event);
    for (let i = 1; i <= 20; i++) {
      await expectOk(
        bob.call("POST", `/user/${bob.id}/location`, { latitude: 49 + i / 100, longitude: -123 }),
      );
    }
    await watcher.flushed();
    expect(latitudes(watcher)).toEqual(["49.01"]);
    world.clock.advance(999);
    await watcher.flushed();
    expect(latitudes(watcher)).toEqual(["49.01"]);
    world.clock.advance(1);
    await watcher.next("position", ({ latitude }) => latitude === "49.2");
    world.clock.advance(5_000);
    await watcher.flushed();
    expect(latitudes(watcher)).toEqual(["49.01", "49.2"]);
  });

  test("stop at once with consent, removal and block, also for what was waiting for its second", async () => {
    const { world, ada, bob, cem, event } = await meetingOfThree();
    await using _ = world;
    await share(bob, { id: event } as Json);
    await using a = await watching(world, ada, event);
    await using c = await watching(world, cem, event);
    const step = async () => {
      world.clock.advance(2_000);
      await move(bob, northOfPlaza);
      await move(bob, plaza); // waits for its second
    };
    await step();
    await flush(a, c);
    const heard = [a.of("position").length, c.of("position").length];
    await expectOk(cem.call("PUT", `/user/${cem.id}/blocks/${bob.id}`));
    world.clock.advance(2_000);
    await a.next("position", ({ latitude }) => latitude === "49.26");
    await flush(c);
    expect(c.of("position").length).toBe(heard[1] ?? -1);
    await step();
    await expectOk(bob.call("PUT", `/event/${event}/sharing`, { state: "off" }));
    const before = a.of("position").length;
    world.clock.advance(2_000);
    await move(bob, northOfPlaza);
    await flush(a, c);
    expect([a.of("position").length - before, c.of("position").length]).toEqual([0, heard[1] ?? -1]);
    await share(bob, { id: event } as Json);
    await flush(a);
    const shared = a.of("position").length;
    await expectOk(ada.call("DELETE", `/event/${event}/people/${bob.id}`));
    world.clock.advance(2_000);
    await move(bob, plaza);
    await flush(a, c);
    expect(a.of("position").length).toBe(shared);
  });

  test("a pause is shown without a place", async () => {
    const { world, ada, bob, event } = await meetingOfThree();
    await using _ = world;
    await share(bob, { id: event } as Json);
    await using a = await watching(world, ada, event);
    await move(bob, plaza);
    await a.next("position");
    world.clock.advance(2_000);
    await expectOk(bob.call("PUT", `/event/${event}/sharing`, { state: "paused" }));
    expect(await a.next("position", ({ state }) => state === "paused")).toEqual({
      type: "position",
      event,
      user: bob.id,
      id: bob.id,
      username: "bob",
      state: "paused",
    } as Json);
  });

  test("a fix over the socket follows the same rules as over HTTP", async () => {
    const { world, bob, event } = await meetingOfThree();
    await using _ = world;
    await using b = await connect(world.url, bob);
    b.send({ type: "location", latitude: 91, longitude: 0, ref: 1 });
    b.send({ type: "location", ...plaza, event: "none", ref: 2 });
    await expectOk(bob.call("PUT", `/event/${event}/sharing`, { state: "off" }));
    b.send({ type: "location", ...plaza, event, ref: 3 });
    await b.next("error", ({ ref }) => ref === 3);
    expect(b.of("error").map(({ code, ref }) => [ref, code])).toEqual([
      [1, "invalid_input"],
      [2, "not_found"],
      [3, "sharing_off"],
    ]);
    b.send({ type: "location", ...plaza });
    await b.flushed();
    expect((await bob.call("GET", `/user/${bob.id}/location`)).response).toMatchObject({ latitude: "49.26" });
  });
});
