import { describe, expect, test } from "bun:test";
import type { UserId } from "@jarvis/contract";
import { FanOut } from "../src/realtime/fan-out.ts";
import type { Watcher } from "../src/realtime/position-rooms.ts";
import { createMeeting, expectOk, move, share } from "./support/meeting.ts";
import { until } from "./support/photos.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

/** A connection that notes what it is told, write by write. */
class Listening implements Watcher {
  readonly isLive = true;
  isWritable = true;
  readonly viewer: { id: UserId };
  readonly writes: string[][] = [];

  constructor({ id }: Person) {
    this.viewer = { id };
  }

  sendAll(texts: readonly string[]): void {
    this.writes.push(texts.map((text) => String(JSON.parse(text).latitude)));
  }
}

async function crowd() {
  const world = await createWorld();
  const { ada, bob, cem, dan } = await world.people("ada", "bob", "cem", "dan");
  const meeting = await createMeeting(world, ada, { accepted: [bob, cem, dan] });
  for (const person of [bob, cem, dan]) await share(person, meeting);
  const { ctx } = world.server;
  const fanOut = new FanOut(ctx);
  const stop = ctx.bus.subscribe((message) => {
    if (message.type === "moved") fanOut.touch(meeting.id, message.user);
  });
  const go = (person: Person, latitude: number) => move(person, { latitude, longitude: 1 });
  const watch = (person: Person) => {
    const listening = new Listening(person);
    fanOut.join(listening, meeting.id);
    return listening;
  };
  return { world, ada, bob, cem, dan, meeting, fanOut, go, watch, stop };
}

/** People who stand wherever this one does, and show where they are to whom they do. */
async function likeOne(world: World, one: UserId, others: readonly UserId[]): Promise<void> {
  await world.server.ctx.db.write(async ({ sql }) => {
    const user = await sql.selectFrom("user").selectAll().where("id", "=", one).executeTakeFirstOrThrow();
    const places = await sql.selectFrom("participant").selectAll().where("user_id", "=", one).execute();
    const consents = await sql.selectFrom("sharing").selectAll().where("user_id", "=", one).execute();
    const audience = await sql
      .selectFrom("share_audience")
      .selectAll()
      .where("sharer_id", "=", one)
      .execute();
    for (const id of others) {
      await sql
        .insertInto("user")
        .values({ ...user, id, username: id, username_key: id, email: null, email_key: null })
        .execute();
      for (const place of places)
        await sql
          .insertInto("participant")
          .values({ ...place, user_id: id })
          .execute();
      for (const consent of consents)
        await sql
          .insertInto("sharing")
          .values({ ...consent, user_id: id })
          .execute();
      for (const row of audience)
        await sql
          .insertInto("share_audience")
          .values({ ...row, sharer_id: id })
          .execute();
    }
  });
}

describe("positions on their way to a connection", () => {
  test("the first at once, then one write a second with the newest of everybody who moved", async () => {
    const { world, ada, bob, cem, dan, go, watch } = await crowd();
    await using _ = world;
    const listening = watch(ada);
    await go(bob, 1);
    expect(listening.writes).toEqual([["1"]]);
    for (const step of [2, 3, 4]) await go(bob, step);
    await go(cem, 30);
    world.clock.advance(999);
    await go(dan, 40);
    expect(listening.writes).toHaveLength(1);
    world.clock.advance(1);
    expect(listening.writes.slice(1)).toEqual([["4", "30", "40"]]);
    world.clock.advance(5_000);
    expect(listening.writes).toHaveLength(2);
    await go(cem, 31);
    expect(listening.writes.slice(2)).toEqual([["31"]]);
  });

  test("whoever does not read is told nothing, and the newest alone once they do", async () => {
    const { world, ada, bob, cem, dan, go, watch } = await crowd();
    await using _ = world;
    const [slow, quick] = [watch(ada), watch(dan)];
    slow.isWritable = false;
    for (let i = 0; i < 10; i++) {
      await go(bob, i);
      await go(cem, 20 + i);
      world.clock.advance(1_000);
    }
    expect(slow.writes).toEqual([]);
    expect(quick.writes.length).toBeGreaterThan(9);
    slow.isWritable = true;
    world.clock.advance(1_000);
    await world.server.ctx.db.write(async () => undefined); // who sees whom may have to be read
    expect(slow.writes).toEqual([["9", "29"]]);
  });

  test("a row is made once for all, and nobody is told of themselves", async () => {
    const { world, ada, bob, cem, go, watch } = await crowd();
    await using _ = world;
    const [own, other, third] = [watch(bob), watch(ada), watch(cem)];
    await go(bob, 1);
    expect([own.writes, other.writes, third.writes]).toEqual([[], [["1"]], [["1"]]]);
  });

  test("of more than one write takes, the rest has its turn a second later; in a large event too", async () => {
    const { world, ada, bob, meeting, fanOut, watch } = await crowd();
    await using _ = world;
    const { ctx } = world.server;
    const others = Array.from({ length: 300 }, (_, i) => `other-${i}` as UserId);
    await likeOne(world, bob.id, others);
    const listening = watch(ada);
    const told = () => listening.writes.flat();
    const now = world.clock.now();
    const none = { accuracy: null, altitude: null, speed: null, heading: null, battery: null };
    for (const [i, user] of others.entries()) {
      ctx.tracks.put(
        user,
        "",
        { ...none, latitude: i / 10, longitude: 1, at_ms: now, received_ms: now },
        false,
      );
      fanOut.touch(meeting.id, user);
      // Of the first alone it is read then who sees them.
      if (i === 0) await until(() => told().length === 1);
    }
    expect(told()).toHaveLength(1);
    for (let second = 1; told().length < 300 && second < 10; second++) {
      const writes = listening.writes.length;
      world.clock.advance(1_000);
      await until(() => listening.writes.length > writes);
    }
    expect(told()).toEqual(others.map((_, i) => String(i / 10)));
    expect(listening.writes.length).toBeLessThan(6);
  });

  test("is decided at the instant of delivery: what waited for its second is not said after the window", async () => {
    const { world, ada, bob, meeting, go, watch } = await crowd();
    await using _ = world;
    world.clock.set(meeting.closesMs - 500);
    const listening = watch(ada);
    await go(bob, 1);
    await go(bob, 2);
    world.clock.advance(5_000);
    expect(listening.writes).toEqual([["1"]]);
  });

  test("who was shown somebody is written down in the same second", async () => {
    const { world, ada, bob, cem, meeting, go, watch } = await crowd();
    await using _ = world;
    watch(ada);
    watch(cem);
    await go(bob, 1);
    const atMs = world.clock.now();
    const read = () =>
      world.server.ctx.db.read
        .selectFrom("location_view")
        .selectAll()
        .where("sharer_id", "=", bob.id)
        .execute();
    expect(await read()).toEqual([]);
    world.clock.advance(1_000);
    await world.server.ctx.db.write(async () => undefined);
    expect(new Set((await read()).map(({ viewer_id, at_ms }) => `${viewer_id} ${at_ms}`))).toEqual(
      new Set([`${ada.id} ${atMs}`, `${cem.id} ${atMs}`]),
    );
    await go(bob, 2);
    const { response } = await bob.call("GET", `/event/${meeting.id}/sharing`);
    expect(response.viewers.map(({ id }: { id: string }) => id).toSorted()).toEqual(
      [ada.id, cem.id].toSorted(),
    );
  });

  test("an event tells of no look at somebody who has left, nor between people who have blocked each other", async () => {
    const { world, ada, bob, cem, dan, meeting, go, watch } = await crowd();
    await using _ = world;
    watch(ada);
    await go(bob, 1);
    await go(cem, 2);
    world.clock.advance(1_000);
    await world.server.ctx.db.write(async () => undefined);
    world.clock.advance(60_000);
    await go(bob, 3);
    await go(dan, 4);
    await expectOk(bob.call("DELETE", `/event/${meeting.id}/people/${bob.id}`));
    await expectOk(dan.call("PUT", `/user/${dan.id}/blocks/${ada.id}`));
    world.clock.advance(1_000);
    await world.server.ctx.db.write(async () => undefined);
    const viewersOf = async (person: typeof cem) =>
      (await person.call("GET", `/event/${meeting.id}/sharing`)).response.viewers.length;
    expect([await viewersOf(cem), await viewersOf(dan)]).toEqual([1, 0]);
    expect((await bob.call("GET", `/event/${meeting.id}/sharing`)).status).toBe(404);
  });
});
