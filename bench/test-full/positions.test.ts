import { expect, test } from "bun:test";
import { positionBars, positions } from "../positions.ts";

// The same measurement as `npm run bench -- --positions`, smaller, and with more room: here other things run beside it.

test("positions of 10 and of 60 events cost the same each, and are in time", async () => {
  const [few, many] = [
    await positions({ events: 10, warmMs: 4_000, measureMs: 6_000 }),
    await positions({ events: 60, warmMs: 4_000, measureMs: 6_000 }),
  ];
  process.stdout.write(`positions: ${JSON.stringify([few, many])}\n`);
  for (const found of [few, many]) {
    expect(found).toMatchObject({ errors: 0, closed: 0 });
    expect(found.delayP99).toBeLessThan(positionBars.delayP99);
    expect(found.framesPerSecond / found.positionsPerSecond).toBeGreaterThan(17);
  }
  expect(many.cpuUs).toBeLessThan(few.cpuUs * positionBars.growth);
}, 120_000);
