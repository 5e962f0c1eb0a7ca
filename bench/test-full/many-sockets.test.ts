// Runs alone: latencies are measured, and how much the machine can do.
import { expect, test } from "bun:test";
import { queriesAtPresent, reconnect, reconnectBars } from "../reconnect.ts";
import { equilibrium, service, thresholds } from "../closed-loop.ts";
import { isolation } from "../isolation.ts";

// The same measurements as `npm run bench`, smaller, and with more room: here other things run beside them.

test("case 73: 3,000 sockets come back at once, each 50 entries behind: all have all, in time, for few queries", async () => {
  const found = await reconnect({ people: 300 });
  process.stdout.write(`case 73: ${JSON.stringify(found)}\n`);
  expect(found).toMatchObject({ sockets: 3_000, lost: 0, wrong: 0 });
  expect(found.seconds).toBeLessThan(reconnectBars.seconds);
  expect(found.peakRssMb).toBeLessThan(reconnectBars.peakRssMb);
  expect(found.queriesPerSocket).toBeLessThan(queriesAtPresent);
}, 60_000);

test("case 71: 50 who read nothing and one who floods leave the others as they were", async () => {
  const found = await isolation({ stretches: 3, stretchMs: 2_000 });
  process.stdout.write(`case 71: ${JSON.stringify(found)}\n`);
  expect(found.floodsCut).toBeGreaterThan(20);
  expect(found.healthyClosed).toBe(0);
  // Below this the machine's own unrest is larger than what is measured.
  expect(found.loadedP99).toBeLessThan(Math.max(2 * found.quietP99, 50));
}, 60_000);

test("case 65: 500 sockets in 100 events with 200 messages a second, and how far that can be raised", async () => {
  const found = await service(500, 200, 8_000);
  const limit = await equilibrium(600, 100, 1_500);
  process.stdout.write(`case 65: ${JSON.stringify(found)}; equilibrium ${JSON.stringify(limit)}\n`);
  expect(found).toMatchObject({ errors: 0, closed: 0, missing: 0 });
  expect(found.ackP99).toBeLessThan(thresholds.ackP99);
  expect(found.entryP99).toBeLessThan(thresholds.entryP99);
  expect(limit.people).toBeGreaterThan(0);
}, 90_000);
