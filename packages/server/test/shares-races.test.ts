import { expect, test } from "bun:test";
import { expectOk } from "./support/events.ts";
import {
  fullFix,
  hideFrom,
  look,
  moveTo,
  showTo,
  shownTo,
  threeFriends,
  watcherOf,
} from "./support/shares.ts";
import { createWorld } from "./support/world.ts";

const rounds = 200;
const at = (latitude: number) => ({ ...fullFix, latitude });

test(`case 57: of ${rounds} shares that end while they are looked at and delivered, none shows anything afterwards`, async () => {
  await using world = await createWorld();
  const { ada, bob } = await threeFriends(world);
  await using bobs = await watcherOf(world, bob, ada);
  let seen = 0;
  let delivered = 0;
  let straddling = 0;
  for (let round = 0; round < rounds; round++) {
    const [before, during, after] = [round / 100, 10 + round / 100, 20 + round / 100];
    world.clock.advance(61_000); // so that the look is written down anew
    expectOk(await showTo(world, ada, bob));
    world.clock.advance(1_000);
    await moveTo(ada, at(before));
    await bobs.next("friend_position", ({ latitude }) => latitude === String(before));
    world.clock.advance(1_000); // what is sent next is delivered at once
    let ended = false;
    const lookOn = async () => {
      for (;;) {
        const beganAfter = ended;
        const answer = await look(bob, ada);
        if (answer === "not_found") return;
        expect(beganAfter).toBe(false);
        seen++;
        if (ended) straddling++;
      }
    };
    const looks = [lookOn(), lookOn(), lookOn()];
    const moved = moveTo(ada, at(during));
    if (round % 2 === 0) await moved; // its frame is on its way
    expectOk(await hideFrom(ada, bob));
    ended = true;
    expect(await look(bob, ada)).toBe("not_found");
    await Promise.all(looks);
    await moved;
    await bobs.flushed();
    if (shownTo(bobs).includes(String(during))) delivered++;
    const count = bobs.frames.length;
    world.clock.advance(1_000);
    await moveTo(ada, at(after));
    world.clock.advance(1_000);
    await bobs.flushed();
    const later = bobs.frames.slice(count).filter(({ type }) => type === "friend_position");
    expect(later.filter((frame) => "latitude" in frame && frame.latitude === String(after))).toEqual([]);
    expect(shownTo(bobs)).not.toContain(String(after));
  }
  // The race was one: looks and frames came before the end.
  expect(seen).toBeGreaterThan(rounds);
  expect(delivered).toBeGreaterThan(0);
  process.stdout.write(
    `shares: ${seen} looks before the end, ${straddling} of them answered after it, ${delivered} frames in it\n`,
  );
}, 120_000);

test(`of ${rounds} shares put while the friendship ends, none outlives it`, async () => {
  await using world = await createWorld();
  const { ada, bob } = await threeFriends(world);
  const outcomes = new Map<number, number>();
  for (let round = 0; round < rounds; round++) {
    const end = () =>
      round % 4 < 2
        ? ada.call("DELETE", `/user/${ada.id}/friends/${bob.id}`)
        : bob.call("PUT", `/user/${bob.id}/blocks/${ada.id}`);
    const put = () => showTo(world, ada, bob);
    const [first, second] = await Promise.all(round % 2 === 0 ? [put(), end()] : [end(), put()]);
    const { status } = round % 2 === 0 ? first : second;
    outcomes.set(status, (outcomes.get(status) ?? 0) + 1);
    expect(await world.server.ctx.db.read.selectFrom("friend_share").selectAll().execute()).toEqual([]);
    await moveTo(ada);
    expect(await look(bob, ada)).toBe("not_found");
    await bob.call("DELETE", `/user/${bob.id}/blocks/${ada.id}`);
    await world.befriend(ada, bob);
  }
  expect([...outcomes.keys()].every((status) => status === 200 || status === 404)).toBe(true);
  process.stdout.write(`shares: put while the friendship ended: ${JSON.stringify([...outcomes])}\n`);
}, 120_000);

test(`of two puts at once one counts as a whole, and the last entry tells of it, ${rounds} times`, async () => {
  await using world = await createWorld();
  const { ada, bob } = await threeFriends(world);
  await using bobs = await watcherOf(world, bob);
  const since = world.clock.now();
  for (let round = 0; round < rounds; round++) {
    const both = [
      showTo(world, ada, bob, 900 + round, { precision: "coarse" }),
      showTo(world, ada, bob, 9_000 + round, { precision: "exact" }),
    ];
    for (const answer of await Promise.all(both)) expectOk(answer);
    const [share, ...more] = expectOk(await ada.call("GET", `/user/${ada.id}/shares`)).outgoing;
    expect(more).toEqual([]);
    const untilMs = since + (share.precision === "coarse" ? 900 + round : 9_000 + round) * 1_000;
    expect(share).toMatchObject({ since_ms: since, until_ms: untilMs });
    await bobs.flushed();
    const told = bobs.of("entry").filter(({ kind }) => kind === "share");
    expect(told.at(-1)?.data).toMatchObject({ until_ms: untilMs, precision: share.precision });
  }
}, 120_000);
