import { describe, expect, test } from "bun:test";
import { stat } from "node:fs/promises";
import { type EventId, eventStream, limits } from "@jarvis/contract";
import { runHousekeeping } from "../src/housekeeping.ts";
import { Retention } from "../src/streams/retention.ts";
import { numbersOf, upTo } from "./support/frames.ts";
import { hear, type Place, placeOf, ways } from "./support/hearing.ts";
import { party, send } from "./support/party.ts";
import type { World } from "./support/world.ts";

const dayMs = 86_400_000;

/** Entries written directly: through the chat they would take minutes. */
async function age(world: World, chat: string, count: number, at_ms = world.clock.now()): Promise<void> {
  const stream = eventStream(chat as EventId); // a server made it
  await world.server.ctx.db.write(async (tx) => {
    const head = await tx.sql
      .selectFrom("stream")
      .select("last_seq")
      .where("id", "=", stream)
      .executeTakeFirstOrThrow();
    for (let from = 1; from <= count; from += 500) {
      const seqs = upTo(head.last_seq + from, head.last_seq + Math.min(count, from + 499));
      const rows = seqs.map((seq) => ({ stream, seq, kind: "event", data: "{}", at_ms }));
      await tx.sql.insertInto("entry").values(rows).execute();
    }
    await tx.sql
      .updateTable("stream")
      .set({ last_seq: head.last_seq + count })
      .where("id", "=", stream)
      .execute();
  });
}

async function kept(world: World, chat: string): Promise<{ pruned: number; seqs: number[] }> {
  const { read } = world.server.ctx.db;
  const stream = eventStream(chat as EventId);
  const head = await read
    .selectFrom("stream")
    .select("pruned_seq")
    .where("id", "=", stream)
    .executeTakeFirstOrThrow();
  const rows = await read
    .selectFrom("entry")
    .select("seq")
    .where("stream", "=", stream)
    .orderBy("seq")
    .execute();
  return { pruned: head.pruned_seq, seqs: rows.map(({ seq }) => seq) };
}

/** A place at this entry of the chat, in everything else at the head. */
function at(place: Place, chat: string, seq: number): Place {
  return { ...place, resume: { ...place.resume, [`event:${chat}`]: seq } };
}

describe("entries", () => {
  test("are deleted once they are neither among the newest 1,000 nor younger than seven days, at exactly the limits", async () => {
    const { world, chat } = await party();
    await using _ = world;
    const oldMs = world.clock.now();
    await age(world, chat, 1, oldMs - 1);
    await age(world, chat, limits.entriesKept + 1, oldMs);
    await runHousekeeping(world.server.ctx);
    expect((await kept(world, chat)).pruned).toBe(0);
    world.clock.advance(limits.entriesKeptDays * dayMs);
    await runHousekeeping(world.server.ctx);
    expect((await kept(world, chat)).pruned).toBe(1);
    world.clock.advance(1);
    await runHousekeeping(world.server.ctx);
    expect(await kept(world, chat)).toEqual({ pruned: 2, seqs: upTo(3, limits.entriesKept + 2) });
    // Young ones beyond the newest 1,000 stay.
    await age(world, chat, limits.entriesKept);
    await runHousekeeping(world.server.ctx);
    expect(await kept(world, chat)).toEqual({
      pruned: limits.entriesKept + 2,
      seqs: upTo(limits.entriesKept + 3, 2 * limits.entriesKept + 2),
    });
  });

  test("before one that is young stay, so that there is never a hole in the middle", async () => {
    const { world, chat } = await party();
    await using _ = world;
    await age(world, chat, 1);
    await age(world, chat, 1, world.clock.now() + 30 * dayMs);
    await age(world, chat, limits.entriesKept + 10);
    world.clock.advance(8 * dayMs);
    await runHousekeeping(world.server.ctx);
    expect(await kept(world, chat)).toEqual({ pruned: 1, seqs: upTo(2, limits.entriesKept + 12) });
  });

  test("go a little at a time: a pass does only so much, and the next goes on there", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await age(world, chat, 120_000, world.clock.now() - 8 * dayMs);
    await send(ann, chat, "first");
    const { db } = world.server.ctx;
    const before = db.stats().units;
    const retention = new Retention(world.server.ctx);
    expect(await retention.pass()).toBe(false);
    expect(db.stats().units - before).toBeLessThanOrEqual(200);
    const halfway = await kept(world, chat);
    expect([halfway.pruned, halfway.seqs[0]]).toEqual([100_000, 100_001]);
    expect(await retention.pass()).toBe(true);
    expect((await kept(world, chat)).pruned).toBe(119_001);
    const { size } = await stat(`${world.directory}/jarvis.db-wal`);
    expect(size).toBeLessThan(16 * 1024 * 1024);
    const { response } = await bob.call("GET", `/chat/${chat}/messages?after=0`);
    expect(response.length).toBe(1); // messages are not entries
  }, 30_000);

  test("of many streams are all reached, however few a pass looks at", async () => {
    const { world, chat } = await party();
    await using _ = world;
    const { db } = world.server.ctx;
    await db.write(async (tx) => {
      const rows = Array.from({ length: 2_500 }, (_each, index) => ({
        id: `event:${index}` as `event:${EventId}`,
        last_seq: 0,
        last_message: 0,
        pruned_seq: 0,
      }));
      for (let from = 0; from < rows.length; from += 500)
        await tx.sql
          .insertInto("stream")
          .values(rows.slice(from, from + 500))
          .execute();
    });
    await age(world, chat, limits.entriesKept + 1);
    world.clock.advance(8 * dayMs);
    await runHousekeeping(world.server.ctx);
    expect((await kept(world, chat)).pruned).toBe(1);
  });
});

describe.each(ways)("case 6: a resume over %s", (way) => {
  test("from before what is kept is a reset, and from the last that is kept is gapless", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const fresh = await placeOf(bob);
    await age(world, chat, 1);
    const tooOld = { ...at(await placeOf(bob), chat, 1), epoch: fresh.epoch };
    await age(world, chat, 1);
    // The server that is open has the stream where it was; a cursor of now needs one that has looked.
    await world.restart();
    const lastKept = at(await placeOf(bob), chat, 2);
    await age(world, chat, limits.entriesKept);
    world.clock.advance(8 * dayMs);
    await world.restart();
    await runHousekeeping(world.server.ctx);
    const { pruned } = await kept(world, chat);
    expect(pruned).toBe(2); // the limit has been passed
    await using missed = await hear(world, bob, way, tooOld);
    const reset = await missed.log.next("reset", ({ stream }) => stream === `event:${chat}`);
    expect(reset.last_seq).toBe(limits.entriesKept + 2);
    await using hearing = await hear(world, bob, way, lastKept);
    await hearing.log.next("entry", ({ seq }) => seq === limits.entriesKept + 2);
    await send(ann, chat, "live");
    for (const { log } of [missed, hearing])
      await log.next("entry", ({ seq }) => seq === limits.entriesKept + 3);
    expect(numbersOf(missed.log.frames, `event:${chat}`)).toEqual([limits.entriesKept + 3]);
    expect(numbersOf(hearing.log.frames, `event:${chat}`)).toEqual(upTo(3, limits.entriesKept + 3));
    expect(hearing.log.of("reset")).toEqual([]);
  }, 20_000);

  test("from before what is kept is a reset also where others have listened all the time", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const place = await placeOf(bob);
    await using listener = await hear(world, ann, "websocket");
    await age(world, chat, limits.entriesKept + 5);
    await send(ann, chat, "heard by who is here");
    await listener.log.next("entry", ({ kind }) => kind === "message");
    world.clock.advance(8 * dayMs);
    await runHousekeeping(world.server.ctx);
    expect((await kept(world, chat)).pruned).toBeGreaterThan(0);
    await using hearing = await hear(world, bob, way, place);
    expect((await hearing.log.next("reset")).last_seq).toBe(limits.entriesKept + 6);
  });
});
