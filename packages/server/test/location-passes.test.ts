import { describe, expect, test } from "bun:test";
import type { UserId } from "@jarvis/contract";
import { Passes } from "../src/location/passes.ts";
import { type Sight, sightAt, sightUntil } from "../src/location/rules.ts";
import { FanOut } from "../src/realtime/fan-out.ts";
import type { Watcher } from "../src/realtime/position-rooms.ts";
import { ownTracks, setUpPhone } from "./support/devices.ts";
import { createMeeting, expectOk, type Meeting, move, share } from "./support/meeting.ts";
import { until } from "./support/photos.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** mulberry32 */
function randomFrom(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const start = 1_900_000_000_000;
const going = { state: "in", delivered: 1, rsvp: "accepted" } as const;

/** One of the first is by far the most likely. */
function anySight(random: () => number): Sight {
  const one = <T>(...values: readonly [T, ...T[]]): T =>
    values[random() < 0.7 ? 0 : Math.floor(random() * values.length)] ?? values[0];
  const at = () => start + Math.floor((random() - 0.5) * 20_000_000);
  const consent: Sight["consent"] = {
    state: one<Sight["consent"]["state"]>("on", "paused", "off"),
    since_ms: one(at(), null),
    until_ms: one(at(), null),
  };
  return {
    event: { start_ms: one(start, null), duration_ms: 3_600_000, cancelled: one(0, 1) },
    viewer: one<Sight["viewer"]>(going, { ...going, rsvp: "maybe" }),
    sharer: going,
    consent,
    inAudience: one(true, false),
    blocked: one(false, true),
  };
}

describe("until when nothing has to be asked again", () => {
  test(`the rules answer the same until then, and the bound is reached (seed ${seed})`, () => {
    const random = randomFrom(seed);
    let changes = 0;
    for (let round = 0; round < 20_000; round++) {
      const sight = anySight(random);
      const now = start + Math.floor((random() - 0.5) * 24_000_000);
      const answer = sightAt(sight, now);
      const untilMs = sightUntil(sight, now);
      expect(untilMs).toBeGreaterThan(now);
      const last = Math.min(untilMs - 1, now + 40_000_000);
      for (const at of [now, now + Math.floor(random() * (last - now)), last])
        expect(sightAt(sight, at)).toBe(answer);
      if (untilMs < Number.POSITIVE_INFINITY && sightAt(sight, untilMs) !== answer) changes++;
    }
    expect(changes).toBeGreaterThan(1_000);
  });

  test("a pass is one person's, ends to the millisecond, and counts for nothing once the clock is put back", () => {
    const passes = new Passes(3);
    passes.give(1, 100, 200);
    expect([0, 1, 2, -1, 3].map((seat) => passes.holds(seat, 150))).toEqual([
      false,
      true,
      false,
      false,
      false,
    ]);
    expect([99, 100, 199, 200].map((now) => passes.holds(1, now))).toEqual([false, true, true, false]);
    passes.give(2, 150, 300);
    expect(passes.holds(1, 120)).toBe(false);
    expect(passes.holds(1, 150)).toBe(true);
  });
});

class Listening implements Watcher {
  readonly isLive = true;
  readonly isWritable = true;
  readonly viewer: { id: UserId };
  readonly told: { user: string; latitude: string }[] = [];

  constructor({ id }: Person) {
    this.viewer = { id };
  }

  sendAll(texts: readonly string[]): void {
    for (const text of texts) {
      const { user, latitude } = JSON.parse(text);
      this.told.push({ user, latitude });
    }
  }

  of(person: Person): string[] {
    return this.told.filter(({ user }) => user === person.id).map(({ latitude }) => latitude);
  }
}

/** What it takes to watch an event beside the server's own connections. */
function watchers(world: World, meeting: Meeting) {
  const { ctx } = world.server;
  const fanOut = new FanOut(ctx);
  ctx.bus.subscribe((message) => {
    if (message.type === "moved") fanOut.touch(meeting.id, message.user);
  });
  const watch = (person: Person) => {
    const listening = new Listening(person);
    fanOut.join(listening, meeting.id);
    return listening;
  };
  let step = 0;
  /** Moves, and lets the second pass in which others hear of it. */
  const go = async (person: Person, heard: () => boolean) => {
    await move(person, { latitude: (step = (step % 80) + 1), longitude: 1 });
    world.clock.advance(1_000);
    await until(heard);
  };
  return { watch, go };
}

async function three() {
  const world = await createWorld();
  const { ada, bob, cem } = await world.people("ada", "bob", "cem");
  const meeting = await createMeeting(world, ada, { accepted: [bob, cem] });
  await share(bob, meeting);
  const { watch, go } = watchers(world, meeting);
  const look = async (viewer: Person) => {
    const { ctx } = world.server;
    await ctx.db.write(async () => undefined); // what waits is written before
    const views = ctx.db.read.selectFrom("location_view").selectAll().where("viewer_id", "=", viewer.id);
    return (await views.execute()).map(({ at_ms }) => at_ms);
  };
  return { world, ada, bob, cem, meeting, watch, go, look };
}

describe("whoever is let pass", () => {
  test("is told no more from the commit of a block on, while others are; nor is who joins let pass for another", async () => {
    const { world, ada, bob, cem, watch, go } = await three();
    await using _ = world;
    const [adas, cems] = [watch(ada), watch(cem)];
    for (const step of ["1", "2", "3"])
      await go(bob, () => adas.of(bob).includes(step) && cems.of(bob).includes(step));
    await expectOk(bob.call("PUT", `/user/${bob.id}/blocks/${cem.id}`));
    for (const step of ["4", "5"]) await go(bob, () => adas.of(bob).includes(step));
    expect(adas.of(bob)).toEqual(["1", "2", "3", "4", "5"]);
    expect(cems.of(bob)).toEqual(["1", "2", "3"]);
    const others = watch(cem);
    await go(bob, () => adas.of(bob).includes("6"));
    expect([others.told, cems.of(bob)]).toEqual([[], ["1", "2", "3"]]);
  });

  test("is told nothing after the window, to the millisecond, however lately they were", async () => {
    const { world, ada, bob, meeting, watch, go } = await three();
    await using _ = world;
    world.clock.set(meeting.closesMs - 3_000);
    const adas = watch(ada);
    await go(bob, () => adas.of(bob).length === 1);
    await go(bob, () => adas.of(bob).length === 2);
    world.clock.set(meeting.closesMs - 1);
    for (const latitude of [3, 4]) await move(bob, { latitude, longitude: 1 }); // the first is due at once
    world.clock.set(meeting.closesMs);
    world.clock.advance(5_000);
    expect(adas.of(bob)).toEqual(["1", "2", "3"]);
  });

  test("is let pass alone: invited people who have not accepted, or do so no more, get no frame made for others", async () => {
    const world = await createWorld();
    await using _ = world;
    const { ada, bob, cem, dan } = await world.people("ada", "bob", "cem", "dan");
    const meeting = await createMeeting(world, ada, { accepted: [bob, cem], invited: [dan] });
    await share(bob, meeting);
    const { watch, go } = watchers(world, meeting);
    const [adas, cems, dans] = [watch(ada), watch(cem), watch(dan)];
    for (const step of ["1", "2"]) await go(bob, () => adas.of(bob).includes(step));
    await expectOk(cem.call("PUT", `/event/${meeting.id}/rsvp`, { status: "maybe" }));
    for (const step of ["3", "4"]) await go(bob, () => adas.of(bob).includes(step));
    expect([adas.of(bob), cems.of(bob), dans.told]).toEqual([["1", "2", "3", "4"], ["1", "2"], []]);
  });

  test("looks anew after a minute to the second, also where who sees whom was read in between", async () => {
    const { world, ada, bob, cem, watch, go, look } = await three();
    await using _ = world;
    const adas = watch(ada);
    for (let second = 1; second <= 5; second++) await go(bob, () => adas.of(bob).length === second);
    const cems = watch(cem);
    await go(bob, () => cems.of(bob).length === 1);
    const [firstMs = Number.NaN] = await look(cem);
    // What is remembered of who sees whom is read at another second of each ten than at this one.
    for (let second = 2; second <= 63; second++) await go(bob, () => cems.of(bob).length === second);
    const [nextMs = Number.NaN] = await look(cem);
    expect([nextMs - firstMs >= 60_000, nextMs - firstMs <= 61_000]).toEqual([true, true]);
  });

  test("is written down before OwnTracks is answered, where others' looks have made it known who sees whom", async () => {
    const { world, ada, bob, cem, meeting, look } = await three();
    await using _ = world;
    const phone = await setUpPhone(cem, { friends: true });
    await move(bob, { latitude: 1, longitude: 1 });
    await expectOk(ada.call("GET", `/event/${meeting.id}/locations`));
    expect(await look(cem)).toEqual([]);
    const told = async () => (await ownTracks(world, phone, { latitude: 2, longitude: 2 })).text;
    expect(await told()).toContain('"lat":1,');
    const views = await world.server.ctx.db.read.selectFrom("location_view").selectAll().execute();
    expect(views.map(({ viewer_id }) => viewer_id).toSorted()).toEqual([ada.id, cem.id].toSorted());
    expect(await told()).toContain('"lat":1,'); // now from memory alone
    await expectOk(bob.call("PUT", `/event/${meeting.id}/sharing`, { state: "paused" }));
    expect(await told()).not.toContain('"lat":1,');
  });
});
