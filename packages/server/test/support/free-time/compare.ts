import { drawFacts, type Facts } from "./facts.ts";
import { type Expected, suggestByMinutes } from "./minutes.ts";
import { suggestBySearch } from "./search.ts";

interface Difference {
  readonly seed: number;
  readonly facts: Facts;
  readonly expected: Expected[];
  readonly found: Expected[];
}

/** Asks both about facts of so many seeds, and stops where they differ. */
export function compareMany(
  firstSeed: number,
  count: number,
): { compared: number; suggested: number; difference: Difference | null } {
  let suggested = 0;
  for (let index = 0; index < count; index++) {
    const seed = (firstSeed + index) >>> 0;
    const facts = drawFacts(seed);
    const expected = suggestByMinutes(facts);
    const found = suggestBySearch(facts);
    suggested += found.length;
    if (!Bun.deepEquals(expected, found))
      return { compared: index, suggested, difference: { seed, facts, expected, found } };
  }
  return { compared: count, suggested, difference: null };
}
