import { describe, expect, test } from "bun:test";
import type { Motion } from "./motion-rules.ts";
import { type Pace, restingPace, type Travelling } from "./pace-rules.ts";
import { rateOf, type Spans, type Trend, trendAfter } from "./trend-rules.ts";
import { type Factors, type Route, usualFactors, wayLeft } from "./way-rules.ts";

const place = { latitude: 49.26, longitude: -123.24 };
const atMs = 1_800_000_000_000;
const modes = ["walk", "cycle", "ride"] as const;
const distances = [
  0, 100, 101, 150, 300, 700, 1_500, 3_100, 5_000, 8_100, 15_101, 40_000, 400_000, 19_000_000,
];

interface Situation {
  mode: Travelling;
  mps: number;
  /** Of what they go, the part that brings them nearer: −1 … 1. */
  nearer: number;
  saidMps?: number | null;
  topMps?: number;
  gapS?: number;
  standsS?: number;
}

/** All that matters here, wherever it would put them. */
function etaOf(metres: number, at: Situation, factors: Factors = usualFactors, route: Route | null = null) {
  const { mode, mps, nearer, saidMps = null, topMps = mps, gapS = 5, standsS = 0 } = at;
  const motion: Motion = {
    latitude: 49.3,
    longitude: place.longitude,
    vx: 0,
    vy: -mps * nearer,
    p00: 50,
    p01: 1,
    p11: 1,
    accuracyM: 10,
    saidMps,
    atMs,
    seenMs: atMs,
    fixes: 99,
    doubt: null,
  };
  const timeS: Spans = [45, 140, 350];
  const by = (rate: number): Spans => [rate * timeS[0], rate * timeS[1], rate * timeS[2]];
  const pace: Pace = {
    ...restingPace,
    travelling: mode,
    underWay: true,
    pathM: mps * 350,
    closedM: mps * nearer * 350,
    timeS: 350,
  };
  const trend: Trend = {
    pathM: by(mps),
    closedM: by(mps * nearer),
    timeS,
    topMps,
    rodeM: mode === "walk" ? 0 : 3_000,
    fastAtM: mode === "ride" ? 900 : null,
    wentMs: atMs - standsS * 1_000,
    gapS,
    distanceM: metres,
  };
  const way = wayLeft({ motion, pace, trend, place, factors, route });
  if (way === null) throw new Error("nothing said of somebody under way");
  return way;
}

const situations: Situation[] = modes.flatMap((mode) =>
  [0, 0.3, 1.3, 4, 9, 25, 60, 5_000].flatMap((mps) =>
    [-1, 0, 0.7, 1].flatMap((nearer) => [
      { mode, mps, nearer },
      { mode, mps, nearer, saidMps: 0, topMps: 30, gapS: 300, standsS: 90 },
      { mode, mps, nearer, saidMps: 1e6, topMps: 1e6, gapS: 1e6, standsS: 1e6 },
    ]),
  ),
);

describe("the way left", () => {
  test("is never longer for being nearer, whatever else is so", () => {
    for (const at of situations) {
      let before = 0;
      for (const metres of distances) {
        const { etaS } = etaOf(metres, at);
        if (etaS < before)
          throw new Error(`${JSON.stringify(at)}: ${etaS} s at ${metres} m, after ${before} s`);
        before = etaS;
      }
    }
  });

  test("is a positive, finite time with a margin, however odd what is known", () => {
    for (const at of situations)
      for (const metres of distances) {
        const { etaS, marginS } = etaOf(metres, at);
        expect(Number.isFinite(etaS) && etaS > 0 && Number.isFinite(marginS) && marginS > 0).toBe(true);
      }
  });

  test("far outside what it was fitted to is distance ÷ speed", () => {
    const at = { mode: "ride", mps: 25, nearer: 0.9 } as const;
    const [one, other] = [etaOf(100_000, at).etaS, etaOf(200_000, at).etaS];
    expect((other - one) / (100_000 / (25 * 0.9))).toBeWithin(0.8, 1.25);
    expect(etaOf(10_000, { mode: "cycle", mps: 5, nearer: 0.9 }).etaS).toBeWithin(1_400, 3_500);
  });

  test("is about right for somebody who walks straight there", () => {
    for (const metres of [400, 800, 1_200]) {
      const { etaS } = etaOf(metres, { mode: "walk", mps: 1.35, nearer: 0.95, saidMps: 1.35 });
      expect(etaS / ((metres - 100) / 1.28)).toBeWithin(0.75, 1.25);
    }
  });

  test("is longer for somebody whose ways are", () => {
    const at = { mode: "ride", mps: 9, nearer: 0.8 } as const;
    const usual = etaOf(4_000, at).etaS;
    expect(etaOf(4_000, at, { ...usualFactors, ride: 2 }).etaS).toBeGreaterThan(usual * 1.25);
    expect(etaOf(4_000, at, { ...usualFactors, ride: 1.1 }).etaS).toBeLessThan(usual);
    expect(etaOf(4_000, at, { ...usualFactors, walk: 2 }).etaS).toBe(usual);
  });

  test("leans towards what a router says of the same way of travelling", () => {
    const at = { mode: "ride", mps: 9, nearer: 0.8 } as const;
    const usual = etaOf(4_000, at).etaS;
    const from = place;
    const route: Route = { durationS: usual * 4, fromDistanceM: 4_000, from, askedMs: atMs, mode: "ride" };
    const asked = etaOf(4_000, at, usualFactors, route).etaS;
    expect(asked).toBeGreaterThan(usual * 1.5);
    expect(asked).toBeLessThan(usual * 4);
    expect(etaOf(4_000, at, usualFactors, { ...route, mode: "walk" }).etaS).toBe(usual);
  });
});

test("a trend tells rates over one, three and eight minutes", () => {
  const motion = (s: number): Motion => ({
    latitude: 49 - (s * 4) / 111_195,
    longitude: 0,
    vx: 0,
    vy: -4,
    p00: 1,
    p01: 0,
    p11: 1,
    accuracyM: 5,
    saidMps: null,
    atMs: atMs + s * 1_000,
    seenMs: atMs + s * 1_000,
    fixes: 9,
    doubt: null,
  });
  let trend: Trend | null = null;
  let before: Motion | null = null;
  for (let s = 0; s <= 1_200; s += 10) {
    trend = trendAfter(trend, before, motion(s), 9_000 - s * 3);
    before = motion(s);
  }
  if (trend === null) throw new Error("no trend");
  for (const rate of rateOf(trend.pathM, trend.timeS)) expect(rate).toBeCloseTo(4, 1);
  for (const rate of rateOf(trend.closedM, trend.timeS)) expect(rate).toBeCloseTo(3, 1);
  expect(trend.timeS.map(Math.round)).toEqual([50, 155, 445]);
  expect(trend).toMatchObject({ topMps: 4, fastAtM: null, gapS: 10, distanceM: 5_400 });
});
