import { expect, test } from "bun:test";
import { type Cast, figuresOf } from "./bars.ts";
import { markdownOf } from "./markdown.ts";
import type { PeerReport, Report } from "./report.ts";

function peer(name: string, alone: number | null, sendCpu: number | null = null, rate = 0): PeerReport {
  const spread = (value: number | null) =>
    value === null ? null : { median: value, min: value, max: value };
  return {
    name,
    version: "1",
    promise: "nothing is stored",
    note: alone === null && sendCpu === null ? "not installed: apt-get install it" : null,
    alone: spread(alone),
    bursts: spread(alone),
    sendCpu: spread(sendCpu),
    sendRate: spread(sendCpu === null ? null : rate),
  };
}

const latency = { p50: 1, p99: 2, commit: 0.5, rounds: [] };
const step = (value: number, cost: number) => ({ value, cpu: { median: cost, min: cost, max: cost } });

function heldBy(cast: Partial<Cast>, growth: Report["growth"] = []): Record<string, boolean> {
  const whole: Cast = {
    own: peer("Jarvis", 6, 40, 10_000),
    limit: peer("limit", 5),
    handler: peer("handler", null, 25),
    rivals: [peer("rival", 7)],
    archive: peer("archive", 20, 300, 1_500),
    ...cast,
  };
  return Object.fromEntries(figuresOf(whole, latency, growth).map(({ name, holds }) => [name, holds]));
}

test("holds each bar against the limit and every rival", () => {
  expect(heldBy({})).toEqual({
    "delivery, one at a time, against bare publish": true,
    "delivery, one at a time, against rival": true,
    "delivery, bursts of 10, against bare publish": true,
    "delivery, bursts of 10, against rival": true,
    "durable sends, 64 in flight, against archive": true,
    "durable send, CPU against the bare handler": true,
    "ack at 2,000 sends/s, p50 against a commit": true,
    "ack at 2,000 sends/s, p99 against a commit": true,
  });
});

test("says so where a bar is missed", () => {
  expect(heldBy({ rivals: [peer("rival", 5.9)] })["delivery, one at a time, against rival"]).toBe(false);
  expect(heldBy({ limit: peer("limit", 4) })["delivery, one at a time, against bare publish"]).toBe(false);
  expect(heldBy({ handler: peer("handler", null, 19) })["durable send, CPU against the bare handler"]).toBe(
    false,
  );
  const archive = peer("archive", 20, 300, 2_001);
  expect(heldBy({ archive })["durable sends, 64 in flight, against archive"]).toBe(false);
});

test("claims nothing about a peer that is not there", () => {
  const held = heldBy({ rivals: [peer("rival", null)], archive: peer("archive", null) });
  expect(Object.keys(held).filter((name) => /rival|archive/.test(name))).toEqual([]);
});

test("sees growth between any two steps, and none where it gets cheaper", () => {
  const cheaper = { name: "cheaper", steps: [step(10, 9), step(100, 5), step(1_000, 6)] };
  const dearer = { name: "dearer", steps: [step(10, 9), step(100, 5), step(1_000, 8)] };
  const held = heldBy({}, [cheaper, dearer]);
  expect([held["growth cheaper"], held["growth dearer"]]).toEqual([true, false]);
});

test("gives a peer that is not installed a line that says how to install it", () => {
  const report: Report = {
    date: "2026-01-01 00:00",
    machine: "one",
    pinned: true,
    quick: false,
    rounds: 5,
    listeners: 100,
    peers: [peer("rival", null)],
    latency: { ...latency, rounds: [{ p50: 1, p99: 2, commit: 0.5 }] },
    growth: [],
    figures: [{ name: "a bar", value: "2×", bar: "≤ 1×", holds: false }],
  };
  expect(markdownOf(report)).toContain(
    "| rival | 1 | nothing is stored. **not installed: apt-get install it** | – |",
  );
  expect(markdownOf(report)).toContain("| a bar | 2× | ≤ 1× | **missed** |");
});
