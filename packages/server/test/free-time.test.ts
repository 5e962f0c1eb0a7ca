import { expect, test } from "bun:test";
import { compareMany } from "./support/free-time/compare.ts";

test("the search finds what a look at every minute of every person finds, whatever they share", () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const { compared, suggested, difference } = compareMany(seed, 500);
  expect({ seed, difference }).toEqual({ seed, difference: null });
  expect(compared).toBe(500);
  expect(suggested).toBeGreaterThan(500); // most cases have something to suggest
});
