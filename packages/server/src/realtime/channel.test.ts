import { expect, test } from "bun:test";
import { Backlog } from "../lib/backlog.ts";
import { Channel, type ChannelHost } from "./channel.ts";
import { Pacer, turnBytes } from "./pacing.ts";
import type { Entry } from "./render.ts";

const stream = "event:e";

function entry(seq: number, kind = "at-once"): Entry {
  return { stream, seq, kind, data: {}, at_ms: 0 };
}

/** A channel with somebody listening, over a store that has every entry up to 100. */
function listenedChannel(faults: { store?: Error; prunedSeq?: number; rights?: { ended: number } } = {}) {
  const delivered: number[] = [];
  const shown: number[] = [];
  const abandoned: unknown[] = [];
  const pacer = new Pacer(() => undefined);
  const backlog = new Backlog();
  const host: ChannelHost = {
    pacer,
    backlog,
    hasSubscribers: () => true,
    deliver({ seq, kind }, { data }) {
      if (data !== null) shown.push(seq);
      if (kind === "broken") throw new Error("broken");
      delivered.push(seq);
      if (kind === "large") pacer.spend(stream, turnBytes / 2);
    },
    renderAtOnce: ({ kind, data }) => (kind === "later" ? undefined : { data }),
    renderAll: async (entries) => {
      const asOf = faults.rights?.ended ?? 0;
      const stands = () => (faults.rights?.ended ?? 0) === asOf;
      return entries.map(({ data }) => ({ data: asOf === 0 ? data : null, stands }));
    },
    async readBetween(_stream, after, before) {
      if (faults.store) throw faults.store;
      const all = Array.from({ length: Math.min(before - 1, 100) - after }, (_, i) => entry(after + 1 + i));
      return all.filter(({ seq }) => seq > (faults.prunedSeq ?? 0));
    },
    abandon: (_channel, error) => abandoned.push(error),
  };
  const channel = new Channel(stream, host);
  channel.learn({ last_seq: 10, pruned_seq: 0 });
  return { channel, delivered, shown, abandoned, pacer, backlog };
}

test("delivers in the turn of the announcement, and a repeat not at all", () => {
  const { channel, delivered } = listenedChannel();
  for (const seq of [9, 11, 11, 12, 10]) channel.announce(entry(seq));
  expect(delivered).toEqual([11, 12]);
});

test("keeps the order where an entry needs a look-up first", async () => {
  const { channel, delivered } = listenedChannel();
  channel.announce(entry(11, "later"));
  channel.announce(entry(12));
  expect(delivered).toEqual([]);
  await channel.settled();
  channel.announce(entry(13));
  expect(delivered).toEqual([11, 12, 13]);
});

test("fills a hole that the bus left from the store", async () => {
  const { channel, delivered } = listenedChannel();
  channel.announce(entry(14));
  channel.announce(entry(17));
  await channel.settled();
  expect(delivered).toEqual([11, 12, 13, 14, 15, 16, 17]);
});

test("reaches what only the store has heard of", async () => {
  const { channel, delivered } = listenedChannel();
  await channel.reach(13);
  expect(delivered).toEqual([11, 12, 13]);
  expect(channel.reach(101)).rejects.toThrow("has no entry 101");
});

test("gives its listeners up rather than leave a hole", async () => {
  const error = new Error("disk");
  const { channel, delivered, abandoned } = listenedChannel({ store: error });
  channel.announce(entry(13));
  await channel.settled();
  expect([delivered, abandoned]).toEqual([[], [error]]);
  channel.announce(entry(14));
  channel.announce(entry(15, "broken"));
  expect(delivered).toEqual([14]);
  expect(abandoned.length).toBe(2);
});

test("delivers what a turn takes, the rest in the turns after it, in order, and counts what waits", async () => {
  const { channel, delivered, backlog } = listenedChannel();
  for (let seq = 11; seq <= 17; seq++) channel.announce(entry(seq, "large"));
  expect([delivered, backlog.size]).toEqual([[11, 12], 5]);
  const seen: number[] = [];
  while (delivered.length < 7) {
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(delivered.length);
  }
  expect(delivered).toEqual([11, 12, 13, 14, 15, 16, 17]);
  expect(seen.every((count, i) => count - (seen[i - 1] ?? 2) <= 2)).toBe(true);
  await channel.settled();
  expect(backlog.size).toBe(0);
});

test("holds 256 entries at most, and reads what came beyond them from the store", async () => {
  const { channel, delivered, backlog } = listenedChannel();
  channel.announce(entry(11, "later"));
  for (let seq = 12; seq <= 100; seq++) channel.announce(entry(seq, seq % 2 === 0 ? "large" : "at-once"));
  expect(backlog.size).toBe(90);
  await channel.settled();
  expect(delivered).toEqual(Array.from({ length: 90 }, (_, i) => 11 + i));
  expect(backlog.size).toBe(0);
});

test("goes on behind what is not kept any more, and sends away whoever listened", async () => {
  const { channel, delivered, abandoned, backlog } = listenedChannel({ prunedSeq: 15 });
  await channel.reach(20);
  expect([delivered, channel.published, abandoned.length, backlog.size]).toEqual([[], 20, 1, 0]);
  channel.announce(entry(21));
  expect(delivered).toEqual([21]);
});

test("what waits for its turn is rendered anew where the right to it has ended meanwhile", async () => {
  const rights = { ended: 0 };
  const { channel, delivered, shown, pacer } = listenedChannel({ rights });
  pacer.spend(stream, turnBytes); // nothing goes out in this turn
  for (let seq = 11; seq <= 14; seq++) channel.announce(entry(seq, "later"));
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  expect(delivered).toEqual([]);
  rights.ended++;
  while (delivered.length < 4) await new Promise((resolve) => setImmediate(resolve));
  expect([delivered, shown]).toEqual([[11, 12, 13, 14], []]);
});

test("what waits for its turn is given up once nobody follows, and the channel comes to its end", async () => {
  const rights = { ended: 0 };
  const { channel, delivered, pacer, backlog } = listenedChannel({ rights });
  pacer.spend(stream, turnBytes);
  for (let seq = 11; seq <= 14; seq++) channel.announce(entry(seq, "later"));
  channel.end();
  rights.ended++;
  await channel.settled();
  expect([delivered, channel.published, backlog.size]).toEqual([[], 14, 0]);
});
