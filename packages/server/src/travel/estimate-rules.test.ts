import { describe, expect, test } from "bun:test";
import type { Point } from "../location/geometry.ts";
import { type Estimate, estimate, freshState, type JourneyState, usualFactors } from "./estimate-rules.ts";
import type { Fixed } from "./motion-rules.ts";

const place: Point = { latitude: 49.26, longitude: -123.24 };
const t0 = 1_800_000_000_000;
const perDegree = 111_195;

/** Metres east and north of the place. */
function at(x: number, y: number, s: number, more: Partial<Fixed> = {}): Fixed {
  const cos = Math.cos((place.latitude * Math.PI) / 180);
  const at_ms = t0 + s * 1_000;
  return {
    latitude: place.latitude + y / perDegree,
    longitude: place.longitude + x / (perDegree * cos),
    accuracy: 8,
    speed: null,
    at_ms,
    received_ms: at_ms,
    ...more,
  };
}

/** A small generator of its own, so that a failure repeats. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function noisy(points: readonly Fixed[], metres: number, seed: number): Fixed[] {
  const next = random(seed);
  return points.map((point) => {
    const dx = (next() + next() + next() - 1.5) * 2 * metres;
    const dy = (next() + next() + next() - 1.5) * 2 * metres;
    return { ...point, latitude: point.latitude + dy / perDegree, longitude: point.longitude + dx / 72_600 };
  });
}

/** Due south to the place at a constant speed, with a fix every so many seconds. */
function straight(fromM: number, mps: number, everyS: number, toM = 0): Fixed[] {
  const fixes: Fixed[] = [];
  for (let s = 0; fromM - s * mps >= toM; s += everyS) fixes.push(at(0, fromM - s * mps, s));
  return fixes;
}

interface Played {
  at: Fixed;
  told: Estimate;
}

function play(points: readonly Fixed[], was: JourneyState = freshState): Played[] {
  let state = was;
  return points.map((point, i) => {
    const told = look(points.slice(0, i + 1), point.received_ms, state);
    state = told.state;
    return { at: point, told };
  });
}

function look(points: readonly Fixed[], now: number, was = freshState): Estimate {
  const sorted = points.toSorted((a, b) => a.at_ms - b.at_ms);
  return estimate({ points: sorted, place, startMs: t0, now, factors: usualFactors, was, route: null });
}

function last(points: readonly Fixed[]): Estimate {
  const end = play(points).at(-1);
  if (end === undefined) throw new Error("no points");
  return end.told;
}

describe("distance", () => {
  test("of a single fix is the straight line from it", () => {
    expect(look([at(0, 1_112, 0)], t0)).toMatchObject({
      distance_m: 1112,
      eta_s: null,
      mode: null,
      arrived: false,
    });
  });

  test("does not flicker between parallel streets", () => {
    const truth = straight(3_000, 1.4, 5, 1_000);
    const swinging = truth.map((point, i) =>
      Object.assign(point, { longitude: point.longitude + (i % 2) * 0.0006 }),
    );
    const steps = play(noisy(swinging, 10, 3)).map(({ told }) => told.distance_m ?? 0);
    const back = steps.slice(10).filter((metres, i) => metres > (steps[i + 9] ?? 0) + 8);
    expect(back).toEqual([]);
  });

  test("is not moved by an outlier, however exact it claims to be", () => {
    const points = straight(3_000, 1.4, 10, 2_000);
    const honest = last(points);
    const seconds = ((points.at(-1)?.at_ms ?? t0) - t0) / 1_000;
    const told = last([...points, at(4_000, 1_000, seconds + 10, { accuracy: 3 })]);
    expect(Math.abs((told.distance_m ?? 0) - (honest.distance_m ?? 0))).toBeLessThan(20);
  });

  test("follows a jump that later fixes agree with, as after a tunnel", () => {
    const points = straight(9_000, 20, 10, 7_000);
    const told = last([...points, at(0, 2_500, 350), at(0, 2_300, 360), at(0, 2_100, 370)]);
    expect(Math.abs((told.distance_m ?? 0) - 2_100)).toBeLessThan(150);
  });
});

describe("mode", () => {
  test.each([
    ["walk", 1.4],
    ["cycle", 4.8],
    ["ride", 14],
  ] as const)("is %s at %d m/s", (mode, mps) => {
    expect(last(noisy(straight(mps * 600, mps, 10, mps * 100), 8, 1)).mode).toBe(mode);
  });

  test("stays while a bus stands at a stop or a light, and is `still` after that", () => {
    const ridden = straight(9_000, 12, 5, 5_000);
    const seconds = ((ridden.at(-1)?.at_ms ?? t0) - t0) / 1_000;
    const stood = Array.from({ length: 40 }, (_, i) => at(0, 5_000, seconds + 5 + i * 5));
    const told = play(noisy([...ridden, ...stood], 6, 2)).slice(ridden.length);
    expect(told.slice(0, 24).every((step) => step.told.mode === "ride")).toBe(true);
    expect(told.at(-1)?.told.mode).toBe("still");
  });
});

describe("ETA", () => {
  test("comes near the truth at a constant speed, with a margin that holds it", () => {
    for (const [mps, everyS] of [
      [1.4, 10],
      [4.5, 5],
      [7.5, 5],
    ] as const) {
      const told = play(noisy(straight(mps * 1_200, mps, everyS), 8, 4));
      for (const step of told.filter((_, i) => i * everyS > 480 && i * everyS < 1_050)) {
        const left = 1_200 - (step.at.at_ms - t0) / 1_000 - 95 / mps;
        expect(Math.abs((step.told.eta_s ?? 0) - left)).toBeLessThan(30 + left * 0.2);
      }
    }
  });

  test("counts down while no fix comes, and nobody tells after ten minutes", () => {
    const points = straight(9_000, 12, 5, 5_000);
    const end = points.at(-1)?.received_ms ?? t0;
    const { eta_s } = look(points, end);
    expect(look(points, end + 60_000).eta_s).toBe((eta_s ?? 0) - 60);
    expect(look(points, end + 601_000)).toMatchObject({ eta_s: null, eta_margin_s: null });
  });

  test("is nobody's guess before somebody has set out", () => {
    const home = Array.from({ length: 60 }, (_, i) => at(0, 3_000, i * 10));
    expect(last(noisy(home, 15, 5))).toMatchObject({ eta_s: null, mode: "still" });
  });

  test("is the same, however a backlog comes", () => {
    const points = straight(3_000, 1.4, 10, 1_500);
    const inOrder = last(points);
    const end = points.at(-1)?.received_ms ?? t0;
    const early = points.filter((_, i) => i < 10 || i === points.length - 1);
    const offline = points.filter((_, i) => i >= 10 && i < points.length - 1);
    const before = look(early, end);
    const after = look(
      [...early, ...offline.map((point) => Object.assign(point, { received_ms: end + 1 }))],
      end,
      before.state,
    );
    expect(after.eta_s).toBe(inOrder.eta_s);
  });
});

describe("arriving", () => {
  const walked = straight(600, 1.4, 5, 20);
  const seconds = ((walked.at(-1)?.at_ms ?? t0) - t0) / 1_000;
  const standing = Array.from({ length: 6 }, (_, i) => at(0, 20, seconds + 5 + i * 5));

  test("takes somebody who stays", () => {
    const told = last([...walked, ...standing]);
    expect(told).toMatchObject({ arrived: true, eta_s: 0, eta_margin_s: 0 });
  });

  test("takes two fixes, or 30 seconds", () => {
    const one = at(0, 50, 0);
    expect(look([one], t0).arrived).toBe(false);
    expect(look([one], t0 + 29_999).arrived).toBe(false);
    expect(look([one], t0 + 30_000).arrived).toBe(true);
    expect(look([one, at(0, 50, 15)], t0 + 15_000).arrived).toBe(true);
  });

  test("is not driving by, nor walking by in another street", () => {
    for (const [mps, everyS, beside] of [
      [14, 1, 20],
      [14, 5, 60],
      [5, 2, 40],
      [1.4, 5, 60],
      [0.95, 1, 90],
    ] as const) {
      const passing: Fixed[] = [];
      for (let s = 0; s * mps < 2_000; s += everyS) passing.push(at(beside, 1_000 - s * mps, s));
      expect(play(passing).filter(({ told }) => told.arrived)).toEqual([]);
    }
  });

  test("is not silence for a while of somebody who was seen walking", () => {
    const going = straight(400, 1.2, 30, 60);
    const [end, { state }] = [going.at(-1)?.received_ms ?? t0, last(going)];
    const after = (s: number) => look(going, end + s * 1_000, state).arrived;
    expect([30, 60, 110].map(after)).toEqual([false, false, false]);
    expect(after(130)).toBe(true);
  });

  test("is standing, though fixes wander about a rider between towers", () => {
    const ridden = straight(1_500, 5, 5, 40);
    const from = ((ridden.at(-1)?.at_ms ?? t0) - t0) / 1_000;
    const stood = Array.from({ length: 36 }, (_, i) => {
      const turn = (i * Math.PI) / 6;
      return at(28 * Math.sin(turn), 30 + 28 * Math.cos(turn), from + 5 + i * 5, { speed: 0.1 });
    });
    expect(last([...ridden, ...stood.slice(0, 24)]).arrived).toBe(true);
    expect(last([...ridden, ...stood.slice(0, 12)]).arrived).toBe(false);
  });

  test("ends beyond 150 m alone, by two fixes", () => {
    const there = [...walked, ...standing];
    const end = seconds + 40;
    expect(last([...there, at(0, 135, end + 60), at(0, 135, end + 90)]).arrived).toBe(true);
    expect(
      last([...there, at(0, 400, end + 300), at(0, 420, end + 310), at(0, 440, end + 320)]).arrived,
    ).toBe(false);
  });

  test("is forgotten when place or start changes", () => {
    const there = last([...walked, ...standing]).state;
    const elsewhere = { latitude: 49.3, longitude: -123.24 };
    const args = {
      points: [...walked, ...standing],
      startMs: t0,
      now: t0 + 600_000,
      factors: usualFactors,
      was: there,
    };
    expect(estimate({ ...args, place: elsewhere, route: null }).arrived).toBe(false);
  });
});

test("an estimate with one new point costs a few microseconds", () => {
  const points = noisy(straight(9_000, 4, 5, 100), 8, 9).slice(-120);
  let state = freshState;
  const from = process.cpuUsage();
  const rounds = 40_000;
  for (let i = 0; i < rounds; i++) {
    const now = t0 + 3_000_000 + i;
    state = estimate({
      points,
      place,
      startMs: t0,
      now,
      factors: usualFactors,
      was: state,
      route: null,
    }).state;
  }
  const { user, system } = process.cpuUsage(from);
  expect((user + system) / rounds).toBeLessThan(25); // about 1 µs alone on the machine
});
