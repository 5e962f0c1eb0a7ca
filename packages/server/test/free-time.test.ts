import { expect, test } from "bun:test";
import { compareMany, compareSeed, seedGiven } from "./support/free-time/compare.ts";
import { drawFacts } from "./support/free-time/facts.ts";
import { suggestBySearch, suggestNaively } from "./support/free-time/search.ts";

test("the search finds what a look at every minute of every person finds, whatever they share", () => {
  const seed = seedGiven();
  const { compared, suggested, difference } = compareMany(seed, 400);
  expect({ seed, difference }).toEqual({ seed, difference: null });
  expect(compared).toBe(400);
  expect(suggested).toBeGreaterThan(400); // most have something to suggest
}, 20_000);

test("the search finds what a loop over every start, person and entry finds", () => {
  const seed = seedGiven();
  for (let index = 0; index < 300; index++) {
    const facts = drawFacts((seed + index) >>> 0);
    const found = suggestBySearch(facts).map(({ startMs, available, ifNeeded }) => ({
      startMs,
      available,
      ifNeeded,
    }));
    expect({ seed: seed + index, found: suggestNaively(facts) }).toEqual({ seed: seed + index, found });
  }
});

/** Seeds that have failed, or that a mistake made on purpose failed at. */
const kept: number[] = [];

test.each(kept)("seed %d finds the same", (seed) => {
  expect(compareSeed(seed)).toBeNull();
});
