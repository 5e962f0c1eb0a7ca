// Runs alone: what a position costs is measured.
import { expect, test } from "bun:test";
import { positionBars, positions } from "../positions.ts";

// The same measurement as `npm run bench -- --positions`, smaller, and with more room: here other things run beside it.

const brief = { idleMs: 2_000, warmMs: 4_000, measureMs: 5_000 };

test("positions of 10 and of 60 events cost the same each, and are in time", async () => {
  const [few, many] = [await positions({ ...brief, events: 10 }), await positions({ ...brief, events: 60 })];
  process.stdout.write(`positions: ${JSON.stringify([few, many])}\n`);
  for (const found of [few, many]) {
    expect(found).toMatchObject({ errors: 0, closed: 0 });
    expect(found.delayP99).toBeLessThan(positionBars.delayP99);
    expect(found.framesPerSecond / found.positionsPerSecond).toBeGreaterThan(17);
  }
  expect(many.marginalUs).toBeLessThan(few.marginalUs * positionBars.growth);
}, 60_000);
