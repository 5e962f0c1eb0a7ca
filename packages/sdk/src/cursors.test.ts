import { expect, test } from "bun:test";
import { entry, welcome } from "../test/support/line.ts";
import { Cursors, resumeChunks } from "./cursors.ts";

const stream = "event:e1";

function after(seq: number): Cursors {
  const cursors = new Cursors();
  cursors.accept(welcome({ [stream]: seq }));
  return cursors;
}

test("takes each entry once and in order, and sees a hole", () => {
  const cursors = after(4);
  expect([5, 5, 4, 6, 8].map((seq) => cursors.accept(entry(stream, seq)))).toEqual([
    "new",
    "repeat",
    "repeat",
    "new",
    "hole",
  ]);
  expect(cursors.at(stream)).toBe(6);
});

test("moves over what is skipped", () => {
  const cursors = after(4);
  expect(cursors.accept({ type: "skip", stream, from: 5, to: 9 })).toBe("new");
  expect(cursors.accept(entry(stream, 10))).toBe("new");
  expect(cursors.accept({ type: "skip", stream, from: 5, to: 9 })).toBe("repeat");
  expect(cursors.accept({ type: "skip", stream, from: 12, to: 13 })).toBe("hole");
});

test("goes back where a reset says so", () => {
  const cursors = after(40);
  cursors.accept({ type: "reset", stream, last_seq: 3 });
  expect(cursors.accept(entry(stream, 4))).toBe("new");
});

test("keeps its place over a welcome of the same history, and takes the server's in another", () => {
  const cursors = after(4);
  cursors.accept(welcome({ [stream]: 9, "event:e2": 7 }));
  expect(cursors.snapshot()).toEqual({ epoch: "epoch-1", streams: { [stream]: 4, "event:e2": 7 } });
  cursors.accept(welcome({ [stream]: 2 }, "epoch-2"));
  expect(cursors.snapshot()).toEqual({ epoch: "epoch-2", streams: { [stream]: 2 } });
});

test("forgets a stream that is no longer readable", () => {
  const cursors = after(4);
  cursors.accept(welcome({ "user:u1": 1 }));
  expect(cursors.snapshot()?.streams).toEqual({ "user:u1": 1 });
});

test("begins and ends an event's stream with the entries that say so", () => {
  const cursors = after(4);
  cursors.accept(welcome({ "user:u1": 0 }));
  cursors.accept(entry("user:u1", 1, "invited", { event: "e7", last_seq: 12 }));
  expect(cursors.at("event:e7")).toBe(12);
  cursors.accept(entry("user:u1", 2, "removed", { event: "e7" }));
  expect(cursors.at("event:e7")).toBeUndefined();
});

test("does not let an old invitation pass over entries that are still to come", () => {
  const cursors = after(4);
  cursors.accept(welcome({ [stream]: 4, "user:u1": 0 }));
  cursors.accept(entry("user:u1", 1, "invited", { event: "e1", last_seq: 9 }));
  expect(cursors.accept(entry(stream, 5))).toBe("new");
});

test("waits for the replay of a stream that was asked for behind the hello", () => {
  const cursors = after(4);
  cursors.expectLate([stream]);
  expect([9, 5, 6].map((seq) => cursors.accept(entry(stream, seq)))).toEqual(["early", "new", "new"]);
  expect(cursors.accept(entry(stream, 9))).toBe("hole");
});

test("splits resume points into parts that fit a frame, losing none", () => {
  const streams = Object.fromEntries(
    Array.from({ length: 900 }, (_, i) => [`event:${i}-${"x".repeat(30)}`, i]),
  );
  const chunks = resumeChunks(streams, 10_000);
  expect(chunks.length).toBeGreaterThan(3);
  expect(Math.max(...chunks.map((chunk) => JSON.stringify(chunk).length))).toBeLessThanOrEqual(10_002);
  expect(Object.assign({}, ...chunks)).toEqual(streams);
});
