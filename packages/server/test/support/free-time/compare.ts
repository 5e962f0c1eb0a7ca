import { drawFacts, type Facts } from "./facts.ts";
import { type Expected, suggestByMinutes } from "./minutes.ts";
import { suggestBySearch } from "./search.ts";

interface Difference {
  readonly seed: number;
  readonly facts: Facts;
  readonly expected: Expected[];
  readonly found: Expected[];
}

/** Drawn anew each time, unless `FREE_TIME_SEED` repeats one. */
export function seedGiven(): number {
  return Number(process.env["FREE_TIME_SEED"] ?? Math.floor(Math.random() * 2 ** 32));
}

/** Asks both about facts of so many seeds, and stops where they differ. */
export function compareMany(
  firstSeed: number,
  count: number,
): { compared: number; suggested: number; difference: Difference | null } {
  let suggested = 0;
  for (let index = 0; index < count; index++) {
    const facts = drawFacts((firstSeed + index) >>> 0);
    const difference = compare((firstSeed + index) >>> 0, facts, (found) => (suggested += found.length));
    if (difference !== null) return { compared: index, suggested, difference };
  }
  return { compared: count, suggested, difference: null };
}

export function compareSeed(seed: number): Difference | null {
  return compare(seed, drawFacts(seed), () => {});
}

function compare(seed: number, facts: Facts, count: (found: Expected[]) => void): Difference | null {
  const expected = suggestByMinutes(facts);
  const found = suggestBySearch(facts);
  count(found);
  return Bun.deepEquals(expected, found) ? null : { seed, facts, expected, found };
}
