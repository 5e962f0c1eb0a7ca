import { expect, test } from "bun:test";
import { compareMany, seedGiven } from "../test/support/free-time/compare.ts";

const count = 10_000;

test("the search finds what a look at every minute of every person finds, ten thousand times", () => {
  const seed = seedGiven();
  process.stdout.write(`free time: ${count} searches from FREE_TIME_SEED=${seed}\n`);
  const { compared, suggested, difference } = compareMany(seed, count);
  expect({ seed, difference }).toEqual({ seed, difference: null });
  expect(compared).toBe(count);
  expect(suggested).toBeGreaterThan(count); // most have something to suggest
}, 300_000);
