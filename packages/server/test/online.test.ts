import { describe, expect, test } from "bun:test";
import { newEvent } from "./support/events.ts";
import { allTold, circle, lastTold, lingerMs, presenceOf, tells, told } from "./support/online.ts";
import { connect, type TestSocket } from "./support/socket.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

const none = { online: null, last_seen_ms: null };

async function socketsOf(world: World, ...people: Person[]): Promise<TestSocket[]> {
  return Promise.all(people.map((person) => connect(world.url, person)));
}

describe("who is online", () => {
  test("friends and people of a present event are told, after their welcome and at each change, and nobody else", async () => {
    const { world, ada, bob, cem, dee } = await circle();
    await using _ = world;
    await using b = await connect(world.url, bob);
    await using c = await connect(world.url, cem);
    await using d = await connect(world.url, dee);
    await using a = await connect(world.url, ada);
    for (const socket of [b, c]) await tells(socket, ada, true);
    await tells(a, bob, true);
    await tells(a, cem, true);
    await using second = await connect(world.url, ada);
    await tells(second, bob, true);
    await tells(second, cem, true);
    await allTold(world, ada, second);
    for (const socket of [a, second]) {
      const types = socket.frames.map(({ type }) => type);
      expect(types.indexOf("online")).toBeGreaterThan(types.indexOf("welcome"));
      expect([told(socket, bob), told(socket, cem), told(socket, dee), told(socket, ada)]).toEqual([
        [true],
        [true],
        [],
        [],
      ]);
    }
    await allTold(world, bob, b);
    expect([told(b, ada), told(b, cem), told(c, bob)]).toEqual([[true], [], []]);
    await d.flushed();
    expect(d.of("online")).toEqual([]);
  });

  test("going offline is told ten seconds after the last connection ended, and a return within says nothing", async () => {
    const { world, ada, bob } = await circle();
    await using _ = world;
    await using b = await connect(world.url, bob);
    const [one, two] = (await socketsOf(world, ada, ada)) as [TestSocket, TestSocket];
    await tells(b, ada, true);
    const ctx = world.server.ctx;
    await one[Symbol.asyncDispose]();
    world.clock.advance(2 * lingerMs);
    await allTold(world, bob, b);
    await two[Symbol.asyncDispose]();
    world.clock.advance(lingerMs - 1);
    await using back = await connect(world.url, ada);
    await tells(back, bob, true);
    world.clock.advance(2 * lingerMs);
    await allTold(world, bob, b);
    expect(told(b, ada)).toEqual([true]);
    expect(ctx.online.has(ada.id)).toBe(true);
    await back[Symbol.asyncDispose]();
    world.clock.advance(lingerMs - 1);
    await allTold(world, bob, b);
    expect(told(b, ada)).toEqual([true]);
    world.clock.advance(1);
    await tells(b, ada, false);
    expect(ctx.online.has(ada.id)).toBe(false);
  });

  test("a return in the very turn in which it would be told is no departure for those who look", async () => {
    const { world, ada, bob } = await circle();
    await using _ = world;
    await using b = await connect(world.url, bob);
    const first = await connect(world.url, ada);
    await tells(b, ada, true);
    await first[Symbol.asyncDispose]();
    const back = connect(world.url, ada);
    world.clock.advance(lingerMs);
    await using a = await back;
    await tells(a, bob, true);
    await allTold(world, bob, b);
    expect(lastTold(b, ada)).toBe(true);
  });

  test("switched off it is told to nobody, at once, and one does not see others; switched on again it is", async () => {
    const { world, ada, bob, cem } = await circle();
    await using _ = world;
    await using a = await connect(world.url, ada);
    await using b = await connect(world.url, bob);
    await using c = await connect(world.url, cem);
    for (const [socket, other] of [
      [a, bob],
      [a, cem],
      [b, ada],
      [c, ada],
    ] as const)
      await tells(socket, other, true);
    const patched = await ada.call("PATCH", `/user/${ada.id}`, { show_online: false });
    expect(patched.response.settings.show_online).toBe(false);
    for (const [socket, other] of [
      [a, bob],
      [a, cem],
      [b, ada],
      [c, ada],
    ] as const)
      await tells(socket, other, false);
    await using again = await connect(world.url, ada);
    await allTold(world, bob, b);
    await allTold(world, cem, c);
    await Promise.all([a.flushed(), again.flushed()]);
    for (const heard of [told(b, ada), told(c, ada), told(a, bob), told(a, cem)])
      expect(heard).toEqual([true, false]);
    expect(again.of("online")).toEqual([]);
    expect([
      await presenceOf(bob, ada.id),
      await presenceOf(ada, bob.id),
      await presenceOf(ada, ada.id),
    ]).toEqual([none, none, none]);
    await ada.call("PATCH", `/user/${ada.id}`, { show_online: true });
    await tells(b, ada, true, 2);
    await tells(a, bob, true, 2);
    await tells(again, cem, true);
  });

  test("shows whether it is shown to oneself alone", async () => {
    const { world, ada, bob } = await circle();
    await using _ = world;
    expect((await ada.call("GET", `/user/${ada.id}`)).response.settings.show_online).toBe(true);
    expect((await bob.call("GET", `/user/${ada.id}`)).response.settings).toBeUndefined();
  });

  test("whoever has not answered is told of to nobody, however they were invited; whoever declines is out", async () => {
    await using world = await createWorld();
    const { ada, bob, cem } = await world.people("ada", "bob", "cem");
    const event = await newEvent(world, ada, { people: [bob.email, cem.id] });
    const [a, b, c] = (await socketsOf(world, ada, bob, cem)) as [TestSocket, TestSocket, TestSocket];
    await allTold(world, ada, a);
    await allTold(world, bob, b);
    await allTold(world, cem, c);
    const heard = [told(a, bob), told(b, ada), told(a, cem), told(c, ada), told(c, bob), told(b, cem)];
    expect(heard).toEqual([[], [], [], [], [], []]);
    expect(await presenceOf(ada, bob.id)).toBe("not_found");
    for (const [viewer, other] of [
      [bob, ada],
      [ada, cem],
      [cem, ada],
    ] as const)
      expect(await presenceOf(viewer, other.id)).toEqual(none);
    await cem.call("PUT", `/event/${event.id}/rsvp`, { status: "accepted" });
    await tells(a, cem, true);
    await tells(c, ada, true);
    await bob.call("PUT", `/event/${event.id}/rsvp`, { status: "maybe" });
    for (const [socket, other] of [
      [a, bob],
      [b, ada],
      [c, bob],
      [b, cem],
    ] as const)
      await tells(socket, other, true);
    await cem.call("PUT", `/event/${event.id}/rsvp`, { status: "declined" });
    for (const [socket, other] of [
      [a, cem],
      [c, ada],
      [b, cem],
      [c, bob],
    ] as const)
      await tells(socket, other, false);
    await cem.call("PUT", `/event/${event.id}/rsvp`, { status: "accepted" });
    for (const [socket, other] of [
      [a, cem],
      [c, ada],
      [b, cem],
      [c, bob],
    ] as const)
      await tells(socket, other, true, 2);
  });

  test("an event that takes place later, after all, brings its people together again", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const event = await newEvent(world, ada, { people: [bob.id], duration: 60 });
    await bob.call("PUT", `/event/${event.id}/rsvp`, { status: "accepted" });
    const [a, b] = (await socketsOf(world, ada, bob)) as [TestSocket, TestSocket];
    await tells(a, bob, true);
    const { start_time } = (await ada.call("GET", `/event/${event.id}`)).response;
    world.clock.advance(Number(start_time) * 1_000 - world.clock.now() + 60_000);
    await tells(a, bob, false);
    await tells(b, ada, false);
    const later = { start_time: Number(start_time) + 86_400 };
    expect((await ada.call("PATCH", `/event/${event.id}`, later)).status).toBe(200);
    await tells(a, bob, true, 2);
    const earlier = { start_time: Number(start_time) - 86_400 };
    expect((await ada.call("PATCH", `/event/${event.id}`, earlier)).status).toBe(200);
    await tells(a, bob, false, 2);
    await tells(b, ada, false, 2);
  });

  test("at most 500 people are told of at the beginning", async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    const friends = await Promise.all(Array.from({ length: 502 }, (__, i) => world.person(`f${i}`)));
    for (const friend of friends) await world.befriend(ada, friend);
    const sockets: TestSocket[] = [];
    for (let next = 0; next < friends.length; next += 100)
      sockets.push(...(await socketsOf(world, ...friends.slice(next, next + 100))));
    await using first = await connect(world.url, ada);
    await Promise.all(sockets.map((socket) => tells(socket, ada, true)));
    await first.flushed();
    await using second = await connect(world.url, ada);
    await allTold(world, ada, second);
    for (const socket of [first, second]) {
      const users = socket.of("online").filter(({ user }) => friends.some(({ id }) => id === user));
      expect(users.length).toBe(500);
    }
    for (const socket of sockets) socket.socket.close();
  });
});
