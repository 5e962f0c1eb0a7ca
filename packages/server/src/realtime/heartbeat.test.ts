import { expect, test } from "bun:test";
import { movedClock } from "../../test/support/clock.ts";
import { Heartbeat, pingEveryMs, type Pulse } from "./heartbeat.ts";

function peer(answers: boolean): Pulse & { pings: number; isGone: boolean } {
  return {
    isHeard: true,
    pings: 0,
    isGone: false,
    ping() {
      this.pings++;
      if (answers) this.isHeard = true;
    },
    abandon() {
      this.isGone = true;
    },
  };
}

test("pings everybody at least every 25 s, and gives up who has been silent for a minute at most", async () => {
  const clock = movedClock();
  const heartbeat = new Heartbeat(clock);
  const [alive, dead] = [
    Array.from({ length: 12 }, () => peer(true)),
    Array.from({ length: 12 }, () => peer(false)),
  ];
  for (const each of [...alive, ...dead]) heartbeat.add(each);
  let firstGoneMs = 0;
  for (let elapsed = 0; elapsed < 60_000; elapsed += 500) {
    clock.advance(500);
    await Promise.resolve().then(() => undefined); // the next beat is planned once this one is over
    await new Promise((resolve) => setImmediate(resolve));
    if (firstGoneMs === 0 && dead.some(({ isGone }) => isGone)) firstGoneMs = elapsed;
  }
  expect(pingEveryMs).toBeLessThanOrEqual(25_000);
  expect(alive.every(({ pings, isGone }) => pings >= 3 && !isGone)).toBe(true);
  expect(dead.every(({ isGone }) => isGone)).toBe(true);
  expect(firstGoneMs).toBeGreaterThan(2 * pingEveryMs - 1_000);
  heartbeat.delete(alive[0] ?? peer(true));
  const before = alive[0]?.pings;
  clock.advance(pingEveryMs);
  expect(alive[0]?.pings).toBe(before);
  heartbeat.stop();
});
