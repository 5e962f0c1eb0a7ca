import { expect, test } from "bun:test";
import { backoffMs } from "./backoff.ts";

test("waits up to 0.25 s at first, twice as long after each failure, and 30 s at most", () => {
  const longest = [0, 1, 2, 6, 7, 1_000].map((attempt) => backoffMs(attempt, 1));
  expect(longest).toEqual([250, 500, 1_000, 16_000, 30_000, 30_000]);
});

test("spreads over the whole span", () => {
  expect([0, 0.5, 0.999].map((fraction) => backoffMs(2, fraction))).toEqual([0, 500, 999]);
});
