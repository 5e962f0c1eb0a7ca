import { expect, test } from "bun:test";
import { simulateHotEvent } from "./hot-event.ts";
import { EventQueue } from "./queue.ts";
import { simulateStorm } from "./storm.ts";

/** Two runs of `bench/test-full/many-sockets.test.ts`, case 73, on an idle machine: 3,000 at once, each 50 entries behind. */
const real = [
  { p50Ms: 603, p99Ms: 735, cpuMs: 667 },
  { p50Ms: 609, p99Ms: 764, cpuMs: 688 },
] as const;
const error = 0.2;

test("what a real server took to greet 3,000 connections is what the simulation takes", () => {
  const found = simulateStorm({
    seed: 1,
    nodes: 1,
    dead: 0,
    socketsPerNode: 3_000,
    entriesBehind: 50,
    busyShare: 0,
    isAtOnce: true,
  });
  for (const { p50Ms, p99Ms, cpuMs } of real) {
    expect(Math.abs(found.p50Ms / p50Ms - 1)).toBeLessThan(error);
    expect(Math.abs(found.p99Ms / p99Ms - 1)).toBeLessThan(error);
    expect(Math.abs(found.nodeCpuMs / cpuMs - 1)).toBeLessThan(error);
  }
  expect(found.refused).toBe(0); // as there
});

test("nobody is lost in a storm, and the same seed gives the same storm", () => {
  for (const seed of [1, 2, 3]) {
    const storm = { seed, nodes: 3, socketsPerNode: 20_000, entriesBehind: 10, busyShare: 0.5 };
    const found = simulateStorm(storm);
    expect(found.sockets).toBe(20_000);
    expect(found.refused).toBeGreaterThan(0);
    expect(found.longestQueue).toBeLessThanOrEqual(3_072);
    // Each is greeted once, whatever it was refused before.
    expect(found.nodeCpuMs).toBeGreaterThan((20_000 / 2) * 0.06);
    expect(simulateStorm(storm)).toEqual(found);
  }
});

test("what one node cannot deliver grows, what enough nodes deliver does not", () => {
  const event = { seed: 7, people: 100_000, sendsPerSecond: 20, seconds: 20, busyShare: 0.25 };
  const one = simulateHotEvent({ ...event, nodes: 1 });
  expect(one.backlogEndMs).toBeGreaterThan(1.5 * one.backlogHalfMs);
  const many = simulateHotEvent({ ...event, nodes: 100 });
  expect(many.backlogEndMs).toBeLessThan(100);
  expect(many.p99Ms).toBeLessThan(one.p50Ms);
});

test("things happen in the order of their times, and those of one time as they were asked for", () => {
  const queue = new EventQueue();
  const seen: number[] = [];
  const times = Array.from({ length: 200 }, (_, i) => (i * 7919) % 50);
  for (const [i, atMs] of times.entries()) queue.at(atMs, () => seen.push(atMs * 1_000 + i));
  queue.run();
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen).toHaveLength(times.length);
});
