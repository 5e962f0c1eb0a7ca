import { expect, test } from "bun:test";
import { leastWorst } from "../../test/support/meeting-point/brute-force.ts";
import { between, oneOf } from "../../test/support/journeys/chance.ts";
import { Dice } from "../../test/support/simulation/dice.ts";
import { travellerOf } from "./rules.ts";
import { findPlace, type Traveller, worstOf } from "./search-rules.ts";
import { metresApart, offset, type Point, snap, toPoint, toVector } from "./sphere-rules.ts";

const centres: readonly [Point, ...Point[]] = [
  { latitude: 49.26, longitude: -123.24 },
  { latitude: 0, longitude: 179.999 },
  { latitude: -16.8, longitude: -180 },
  { latitude: 89.99, longitude: 12 },
  { latitude: -90, longitude: 0 },
  { latitude: 60.17, longitude: 24.94 },
];

function search(travellers: readonly Traveller[]) {
  const work = findPlace(travellers);
  for (let slices = 1; ; slices++) {
    const step = work.next();
    if (step.done === true) return { place: step.value, slices };
  }
}

/** A few people within so many metres of somewhere, who walk, cycle and ride. */
function crowd(dice: Dice, spreadM: number): Traveller[] {
  const centre = toVector(oneOf(dice, centres));
  const count = 2 + dice.int(oneOf(dice, [2, 4, 12]));
  return Array.from({ length: count }, () => {
    const at = offset(centre, spreadM * Math.sqrt(dice.fraction()), between(dice, [0, 2 * Math.PI]));
    return travellerOf({ cell: toPoint(at), mode: oneOf(dice, ["walk", "cycle", "ride"]) });
  });
}

test.each([3_000, 25_000, 400_000, 6_000_000, 20_000_000])(
  "finds a place within three hundredths of the best there is, for people up to %p m apart",
  (spreadM) => {
    for (let seed = 0; seed < 60; seed++) {
      const travellers = crowd(new Dice(seed * 7919 + spreadM), spreadM);
      const { place } = search(travellers);
      const [found, best] = [worstOf(travellers, place), leastWorst(travellers)];
      // Three hundredths are promised; in fact it is far better, and a search that has become worse is noticed.
      if (found > best * 1.005 + 15) throw new Error(`seed ${seed}: ${found} s, where ${best} s would do`);
    }
  },
  60_000,
);

test("meets two people in the middle, by how fast each is", () => {
  const [a, b] = [toVector({ latitude: 10, longitude: 20 }), toVector({ latitude: 10.1, longitude: 20 })];
  const even = search([
    { at: a, pace: 0.1 },
    { at: b, pace: 0.1 },
  ]).place;
  expect(metresApart(even, a) / metresApart(even, b)).toBeCloseTo(1, 1);
  const uneven = search([
    { at: a, pace: 0.1 },
    { at: b, pace: 0.4 },
  ]).place;
  expect(metresApart(uneven, a) / metresApart(uneven, b)).toBeCloseTo(4, 0);
});

/** People evenly all over the globe. */
function scattered(dice: Dice): Traveller[] {
  const count = 3 + dice.int(10);
  return Array.from({ length: count }, () => {
    const [z, turn] = [2 * dice.fraction() - 1, 6.2832 * dice.fraction()];
    const ring = Math.sqrt(1 - z * z);
    const cell = toPoint({ x: ring * Math.cos(turn), y: ring * Math.sin(turn), z });
    const modes = ["walk", "cycle", "ride"] as const;
    return travellerOf({ cell, mode: modes[dice.int(dice.chance(0.5) ? 3 : 1)] ?? "ride" });
  });
}

// 780 and others lead a search that follows its first guess alone into a valley that is not the deepest.
test.each([780, ...Array.from({ length: 30 }, (_, seed) => seed)])(
  "finds the deepest of the valleys that people all over the globe make (seed %p)",
  (seed) => {
    const travellers = scattered(new Dice(seed));
    expect(worstOf(travellers, search(travellers).place)).toBeLessThanOrEqual(leastWorst(travellers) * 1.01);
  },
);

test("people in one cell meet in it", () => {
  const one = travellerOf({ cell: centres[0], mode: "walk" });
  expect(metresApart(search([one, one]).place, one.at)).toBeLessThan(1);
});

test("1,000 people are searched for in slices of a few milliseconds", () => {
  const dice = new Dice(5);
  const centre = toVector(centres[0]);
  const travellers = Array.from({ length: 1_000 }, () => {
    const at = offset(centre, 30_000 * Math.sqrt(dice.fraction()), between(dice, [0, 2 * Math.PI]));
    return travellerOf({ cell: toPoint(at), mode: "ride" });
  });
  const work = findPlace(travellers);
  const slices: number[] = [];
  for (let done = false; !done; ) {
    const begin = performance.now();
    done = work.next().done === true;
    slices.push(performance.now() - begin);
  }
  slices.sort((a, b) => b - a);
  expect(slices.length).toBeGreaterThan(30);
  expect(slices[Math.ceil(slices.length / 20)]).toBeLessThan(20); // a busy machine stretches single ones
});

test("snaps to about 100 m, everywhere, and to what it has snapped to already", () => {
  const dice = new Dice(9);
  for (let index = 0; index < 5_000; index++) {
    const near = oneOf(dice, centres);
    const point = toPoint(offset(toVector(near), between(dice, [0, 50_000]), between(dice, [0, 7])));
    const snapped = snap(point);
    expect(metresApart(toVector(point), toVector(snapped))).toBeLessThan(90);
    expect(snap(snapped)).toEqual(snapped);
    expect(Math.abs(snapped.longitude)).toBeLessThanOrEqual(180);
  }
});
