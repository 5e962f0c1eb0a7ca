import { describe, expect, test } from "bun:test";
import type { TrackerPoint } from "../src/lib/trackers/types.ts";
import { allRequests } from "./support/trackers/fuzz.ts";
import {
  apps,
  type Fix,
  journeyOverMs,
  loadApp,
  loadJourney,
  readers,
  sentOf,
} from "./support/trackers/corpus.ts";

/** Half of what the coarsest form of any app can tell apart. */
const tolerance = { latitude: 1e-9, longitude: 1e-9, speed: 0.002 } as const;

function expectFix(point: TrackerPoint | undefined, fix: Fix, carries: readonly string[]): void {
  const { latitude, longitude, speed, ...rest } = fix;
  const {
    latitude: north,
    longitude: east,
    speed: pace,
    ...told
  } = point ?? { latitude: NaN, longitude: NaN };
  expect(Math.abs(north - latitude)).toBeLessThan(tolerance.latitude);
  expect(Math.abs(east - longitude)).toBeLessThan(tolerance.longitude);
  expect(pace === undefined).toBe(!carries.includes("speed"));
  if (pace !== undefined) expect(Math.abs(pace - speed)).toBeLessThan(tolerance.speed);
  const expected = Object.fromEntries(Object.entries(rest).filter(([name]) => carries.includes(name)));
  expect<object>(told).toEqual(expected);
}

describe("the same journey, as each app tells it (case 92)", () => {
  for (const name of apps) {
    test(`${name} in every version and form gives the same fixes`, async () => {
      const [{ protocol, recordings }, journey] = await Promise.all([loadApp(name), loadJourney()]);
      for (const { what, version, carries, requests } of recordings) {
        const reads = requests.map((request) => readers[protocol](sentOf(request), journeyOverMs));
        const points = reads.flatMap((read) => read.points);
        expect({ version, what, dropped: reads.flatMap((read) => read.dropped) }).toEqual({
          version,
          what,
          dropped: [],
        });
        expect({ version, what, points: points.length }).toEqual({ version, what, points: journey.length });
        for (const [index, fix] of journey.entries()) expectFix(points[index], fix, carries);
      }
    });

    test(`${name}: what it sends besides is taken for what it is`, async () => {
      const { protocol, beside } = await loadApp(name);
      for (const { what, request, points, dropped, arrival } of beside) {
        const read = readers[protocol](sentOf(request), journeyOverMs);
        const got = { what, points: read.points.length, dropped: read.dropped, arrival: read.arrival };
        expect(got).toEqual({ what, points, dropped: dropped as typeof read.dropped, arrival });
      }
    });
  }

  test("has at least 60 requests, each with its source", async () => {
    const counted = await allRequests();
    expect(counted.length).toBeGreaterThanOrEqual(60);
  });
});
