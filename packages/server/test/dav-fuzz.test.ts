import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { plan, subscribe } from "./support/dav.ts";
import { fuzzDav } from "./support/fuzz/dav-run.ts";
import { chosenSeed } from "./support/fuzz/http-run.ts";
import { createWorld } from "./support/world.ts";

test("whatever is sent to /dav/ is answered soon, and never as a fault of the server", async () => {
  await using world = await createWorld();
  const { ada } = await world.people("ada");
  const phone = await subscribe(world, ada);
  for (let i = 1; i <= 20; i++) await plan(world, ada, `Event ${i}`, i * 20);
  const seed = chosenSeed();
  const chance = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
  const [stream] = fc.sample(chance, { seed, numRuns: 1 });
  if (stream === undefined) throw new Error("one stream was asked for");
  const report = await fuzzDav(world.url, phone, 1_500, () => stream.next().value);
  const unforeseen = world.logged.filter(({ level }) => level === "error");
  expect({ seed, faults: report.faults.slice(0, 5), unforeseen }).toEqual({
    seed,
    faults: [],
    unforeseen: [],
  });
  // Neither is all of it refused, nor is all of it taken.
  for (const status of [207, 400, 403, 413]) expect(report.statuses.get(status) ?? 0).toBeGreaterThan(0);
}, 60_000);
