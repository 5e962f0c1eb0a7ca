import { expect, test } from "bun:test";
import { chosenSeed, fuzzHttp, summary } from "./support/fuzz/http-run.ts";
import { fuzzSocket } from "./support/fuzz/socket-run.ts";
import { quickPasswords } from "./support/identities.ts";
import { createWorld } from "./support/world.ts";

test("case 109: requests of every kind and shape are answered as the contract says", async () => {
  await using world = await createWorld({ overrides: { passwords: quickPasswords() } });
  const seed = chosenSeed();
  const report = await fuzzHttp(world, seed, 600);
  expect({ seed, faults: report.faults.slice(0, 20) }).toEqual({ seed, faults: [] });
  expect(report.outcomes.get("ok") ?? 0, summary(report)).toBeGreaterThan(30);
});

test("case 109: frames of every kind and shape are answered as the contract says", async () => {
  await using world = await createWorld();
  const seed = chosenSeed();
  const report = await fuzzSocket(world, seed, 600);
  expect({ seed, faults: report.faults.slice(0, 20) }).toEqual({ seed, faults: [] });
  expect(report.outcomes.get("not_found") ?? 0, summary(report)).toBeGreaterThan(30);
});
