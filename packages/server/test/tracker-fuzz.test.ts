import { expect, test } from "bun:test";
import { chosenSeed } from "./support/fuzz/http-run.ts";
import { movedClock } from "./support/clock.ts";
import { journeyOverMs } from "./support/trackers/corpus.ts";
import { fuzzReaders } from "./support/trackers/fuzz.ts";
import { fuzzIngest } from "./support/trackers/server-fuzz.ts";
import { createWorld } from "./support/world.ts";

test("case 110: 3,000 requests of tracker apps with changes anywhere are read without a crash or an impossible fix", async () => {
  const seed = chosenSeed();
  const { faults, points } = await fuzzReaders(seed, 3_000);
  expect({ seed, faults: faults.slice(0, 5) }).toEqual({ seed, faults: [] });
  expect(points).toBeGreaterThan(500);
});

test("case 110: 400 of them against a server: only 200 and 401, and nothing impossible in the store", async () => {
  await using world = await createWorld({ clock: movedClock(journeyOverMs) });
  const seed = chosenSeed();
  const { faults, statuses, stored } = await fuzzIngest(world, seed, 400);
  expect({ seed, faults: faults.slice(0, 5) }).toEqual({ seed, faults: [] });
  expect([...statuses.keys()].filter((status) => status !== 200 && status !== 401)).toEqual([]);
  expect(stored).toBeGreaterThan(0);
});
