import { expect, test } from "bun:test";
import { chosenSeed } from "./support/fuzz/http-run.ts";
import { fuzzReaders } from "./support/trackers/fuzz.ts";

test("case 110: 3,000 requests of tracker apps with changes anywhere are read without a crash or an impossible fix", async () => {
  const seed = chosenSeed();
  const { faults, points } = await fuzzReaders(seed, 3_000);
  expect({ seed, faults: faults.slice(0, 5) }).toEqual({ seed, faults: [] });
  expect(points).toBeGreaterThan(500);
});
