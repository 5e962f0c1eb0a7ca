import { expect, test } from "bun:test";
import { keptHistories } from "./support/simulation/kept.ts";
import { playAll } from "./support/simulation/run.ts";
import { describeFailure, violationsOf } from "./support/simulation/shrink.ts";
import { planOf } from "./support/simulation/steps.ts";

const from = Number(process.env["SIMULATION_FROM"] ?? 0);
const histories = Number(process.env["SIMULATION_HISTORIES"] ?? 1_000);

test.each(keptHistories)("$why", async ({ plan }) => {
  expect(await violationsOf(plan)).toEqual([]);
});

test(`chat and realtime lose nothing in ${histories} histories from seed ${from} on`, async () => {
  const seen = {
    histories: 0,
    frames: 0,
    messages: 0,
    reconnects: 0,
    resets: 0,
    skips: 0,
    restores: 0,
    gathered: 0,
  };
  for await (const { plan, outcome } of playAll(from, histories)) {
    if (outcome.violations.length > 0) throw new Error(await describeFailure(plan, outcome.violations));
    seen.histories++;
    for (const [what, count] of Object.entries(outcome.seen))
      seen[what as keyof typeof outcome.seen] += count; // its own keys
  }
  // What was to happen did happen, and often.
  expect(seen.histories).toBe(histories);
  expect(seen.messages).toBeGreaterThan(4 * histories);
  expect(seen.frames).toBeGreaterThan(30 * histories);
  expect(seen.reconnects).toBeGreaterThan(histories);
  expect(seen.skips).toBeGreaterThan(histories / 20);
  expect(seen.resets).toBeGreaterThan(histories / 20);
  expect(seen.gathered).toBeGreaterThan(histories);
  if (histories >= 1_000) expect(seen.restores).toBeGreaterThan(0);
}, 86_400_000);

test("a seed makes the same history again", () => {
  expect(planOf(7)).toEqual(planOf(7));
  expect(planOf(7).steps).not.toEqual(planOf(8).steps);
});
