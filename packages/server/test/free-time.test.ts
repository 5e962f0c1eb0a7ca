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

/** Seeds at which mistakes made on purpose are seen, and any that have failed. */
const kept: readonly (readonly [seed: number, mistake: string])[] = [
  [1, "the last start leaves no room for the duration"],
  [2, "room is kept on one side alone"],
  [4, "the quarter in which something ends is busy too, required people do not decide"],
  [29, "hours that began yesterday are forgotten"],
  [54, "those who could if needed are not told apart"],
  [91, "what ends after the shared range is not cut"],
];

test.each(kept)("seed %d finds the same: %s", (seed) => {
  expect(compareSeed(seed)).toBeNull();
});
