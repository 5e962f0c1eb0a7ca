import { describe, expect, test } from "bun:test";
import { bearer, TestStream } from "./support/event-stream.ts";
import { expectOk } from "./support/events.ts";
import { minute } from "./support/meeting.ts";
import { fullFix, hideFrom, moveTo, showTo, shownTo, threeFriends, watcherOf } from "./support/shares.ts";
import type { TestSocket } from "./support/socket.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

const at = (latitude: number) => ({ ...fullFix, latitude });

/** Moves on after a second, so that it would be shown at once. */
async function moveOn(world: World, person: Person, latitude: number): Promise<void> {
  world.clock.advance(1_000);
  await moveTo(person, at(latitude));
}

/** Everything that was to be said has been said: what is decided in the background reads the store once more. */
async function quiet(world: World, ...sockets: TestSocket[]): Promise<void> {
  await world.server.ctx.db.read.selectFrom("meta").selectAll().execute();
  for (const socket of sockets) await socket.flushed();
}

describe("a watched friend", () => {
  test("is shown to who may see them, beginning with the present position, and to nobody else", async () => {
    await using world = await createWorld();
    const { ada, bob, cem, dan } = await threeFriends(world);
    expectOk(await showTo(world, ada, bob));
    await moveTo(ada, at(1));
    await using bobs = await watcherOf(world, bob, ada);
    await using others = await watcherOf(world, cem, ada, bob, dan);
    await using strangers = await watcherOf(world, dan, ada);
    await using own = await watcherOf(world, ada, ada);
    const { accuracy, speed, battery } = fullFix;
    const now = world.clock.now();
    expect(await bobs.next("friend_position")).toEqual({
      type: "friend_position",
      user: ada.id,
      latitude: "1",
      longitude: String(fullFix.longitude),
      accuracy,
      speed,
      battery,
      at_ms: now,
    });
    await moveOn(world, ada, 2);
    world.clock.advance(1_000); // that others watch has its turn as well
    await bobs.next("friend_position", ({ latitude }) => latitude === "2");
    bobs.send({ type: "unwatch", user: ada.id });
    await bobs.flushed();
    await moveOn(world, ada, 3);
    await quiet(world, bobs, others, strangers, own);
    expect(shownTo(bobs)).toEqual(["1", "2"]);
    for (const socket of [others, strangers, own]) {
      expect(shownTo(socket)).toEqual([]);
      expect(socket.of("error")).toEqual([]);
    }
  });

  test("who shares coarsely is a cell alone, without speed and battery", async () => {
    await using world = await createWorld();
    const { ada, bob } = await threeFriends(world);
    expectOk(await showTo(world, ada, bob, 3_600, { precision: "coarse" }));
    await moveTo(ada);
    await using bobs = await watcherOf(world, bob, ada);
    const shown = await bobs.next("friend_position");
    expect(shown).toMatchObject({ accuracy: 710, speed: null, battery: null });
    expect(shown.latitude).not.toContain(String(fullFix.latitude).slice(0, 7));
  });

  test("comes at most once a second, however often they move, are watched or share, and the newest comes at its end", async () => {
    await using world = await createWorld();
    const { ada, bob } = await threeFriends(world);
    expectOk(await showTo(world, ada, bob));
    await using bobs = await watcherOf(world, bob, ada);
    for (let i = 1; i <= 20; i++) {
      await moveTo(ada, at(i));
      bobs.send({ type: "unwatch", user: ada.id });
      bobs.send({ type: "watch", user: ada.id });
      if (i % 5 === 0) expectOk(await showTo(world, ada, bob, 3_600 + i));
      await bobs.flushed();
    }
    await quiet(world, bobs);
    expect(shownTo(bobs).length).toBeLessThanOrEqual(1);
    world.clock.advance(1_000);
    await bobs.next("friend_position", ({ latitude }) => latitude === "20");
    expect(shownTo(bobs).length).toBeLessThanOrEqual(2);
  });

  test("that begins to share is shown from then on to who watched all the time", async () => {
    await using world = await createWorld();
    const { ada, bob } = await threeFriends(world);
    await using bobs = await watcherOf(world, bob, ada);
    await moveTo(ada, at(1));
    world.clock.advance(5_000);
    expectOk(await showTo(world, ada, bob));
    await moveOn(world, ada, 2);
    await bobs.next("friend_position");
    expect(shownTo(bobs)).toEqual(["2"]);
    const views = expectOk(await ada.call("GET", `/user/${ada.id}/location_views`));
    expect(views).toMatchObject([{ event: null, user: { id: bob.id } }]);
  });

  test("is watched over an event stream, too", async () => {
    await using world = await createWorld();
    const { ada, bob } = await threeFriends(world);
    expectOk(await showTo(world, ada, bob));
    await moveTo(ada, at(1));
    await using stream = await TestStream.open(world, bearer(bob), `watch=user:${ada.id}&watch=user:nobody`);
    expect(await stream.next("friend_position")).toMatchObject({ user: ada.id, latitude: "1" });
    expect(stream.of("error")).toEqual([]);
  });

  test("is one of 200 that a connection watches", async () => {
    await using world = await createWorld();
    const { ada, bob } = await threeFriends(world);
    await using bobs = await watcherOf(world, bob);
    for (let i = 0; i < 200; i++) bobs.send({ type: "watch", user: `${i}` });
    bobs.send({ type: "watch", user: "199", ref: "again" });
    bobs.send({ type: "watch", user: ada.id, ref: "more" });
    expect(await bobs.next("error")).toMatchObject({ code: "limit_exceeded", ref: "more" });
    bobs.send({ type: "unwatch", user: "0" });
    bobs.send({ type: "watch", user: ada.id, ref: "then" });
    await bobs.flushed();
    expect(bobs.of("error")).toHaveLength(1);
    for (const frame of [{ type: "watch" }, { type: "watch", user: ada.id, event: ada.id }] as const)
      bobs.send({ ...frame, ref: "both" });
    await bobs.next("error", ({ code, ref }) => code === "invalid_input" && ref === "both");
  });
});

describe("case 57: not a frame comes", () => {
  // The clock is set, so that no timer of the server's is due: the end is known by the time alone.
  const endings: [string, (world: World, ada: Person, bob: Person) => Promise<unknown>][] = [
    ["after the share was taken back", (_, ada, bob) => hideFrom(ada, bob)],
    ["after unfriending", (_, ada, bob) => bob.call("DELETE", `/user/${bob.id}/friends/${ada.id}`)],
    ["after a block", (_, ada, bob) => ada.call("PUT", `/user/${ada.id}/blocks/${bob.id}`)],
    ["after being blocked", (_, ada, bob) => bob.call("PUT", `/user/${bob.id}/blocks/${ada.id}`)],
    [
      "once the share has run out, though nobody did anything",
      async (world) => world.clock.set(world.clock.now() + 14 * minute),
    ],
  ];
  test.each(endings)("%s", async (_, end) => {
    await using world = await createWorld();
    const { ada, bob } = await threeFriends(world);
    expectOk(await showTo(world, ada, bob, 900));
    await using bobs = await watcherOf(world, bob, ada);
    await moveOn(world, ada, 1);
    await bobs.next("friend_position");
    world.clock.advance(minute - 1_000);
    await moveTo(ada, at(2)); // a millisecond before the end there still is one
    await bobs.next("friend_position", ({ latitude }) => latitude === "2");
    await moveTo(ada, at(3)); // waits for its turn
    await end(world, ada, bob);
    world.clock.advance(1_000);
    await moveOn(world, ada, 4);
    await moveOn(world, ada, 5);
    await quiet(world, bobs);
    expect(shownTo(bobs).slice(0, 2)).toEqual(["1", "2"]);
    expect(shownTo(bobs)).not.toContain("4");
    expect(shownTo(bobs)).not.toContain("5");
  });

  test("after signing out, on that connection alone", async () => {
    await using world = await createWorld();
    const { ada, bob } = await threeFriends(world);
    expectOk(await showTo(world, ada, bob));
    const bobs = await watcherOf(world, bob, ada);
    await moveOn(world, ada, 1);
    await bobs.next("friend_position");
    expectOk(await bob.call("PUT", `/user/${bob.id}/logout`));
    await moveOn(world, ada, 2);
    expect(await bobs.closed).toBe(4401);
    expect(shownTo(bobs)).toEqual(["1"]);
    expect((await bob.call("GET", `/user/${ada.id}/location`)).status).toBe(401);
  });
});
