import { describe, expect, test } from "bun:test";
import type { UserId } from "@jarvis/contract";
import { assert, double, property, record } from "fast-check";
import { cellCentre, distanceM, type Point, positionRow, type Travel } from "./geometry.ts";

const latitude = double({ min: -90, max: 90, noNaN: true });
const longitude = double({ min: -180, max: 180, noNaN: true });
const point = record({ latitude, longitude });
const now = 1_900_000_000_000;

const untold = {
  distance_m: null,
  speed: null,
  mode: null,
  eta_s: null,
  eta_margin_s: null,
  arrived: false,
};
const there = { ...untold, speed: 1.2, mode: "walk", arrived: true } as const;

function travel(fix: Point & { accuracy?: number }, more: Partial<Travel> = {}): Travel {
  return {
    id: "somebody" as UserId, // any text: nothing here looks it up
    username: "Somebody",
    precision: "exact",
    fix: { accuracy: null, battery: 40, at_ms: now, received_ms: now, ...fix },
    place: null,
    progress: { ...untold },
    ...more,
  };
}

/** A point so many metres north. */
function north(from: Point, metres: number): Point {
  return { latitude: from.latitude + metres / 111_195, longitude: from.longitude };
}

describe("distance (case 92)", () => {
  test("crosses the antimeridian the short way", () => {
    const metres = distanceM({ latitude: 0, longitude: 179.999 }, { latitude: 0, longitude: -179.999 });
    expect(Math.abs(metres - 222.4)).toBeLessThan(1);
    const fiji = distanceM({ latitude: -16.8, longitude: 179.9 }, { latitude: -16.8, longitude: -179.9 });
    expect(Math.abs(fiji - 21_289)).toBeLessThan(100);
    expect(distanceM({ latitude: 10, longitude: 180 }, { latitude: 10, longitude: -180 })).toBeCloseTo(0, 6);
  });

  test("knows that a pole has every longitude, and that the poles are half a turn apart", () => {
    expect(distanceM({ latitude: 90, longitude: 0 }, { latitude: 90, longitude: 137 })).toBeLessThan(1e-3);
    const poles = distanceM({ latitude: 90, longitude: 12 }, { latitude: -90, longitude: -99 });
    expect(Math.abs(poles - 20_015_115)).toBeLessThan(1_000);
  });

  test("is a number, not negative and at most half a turn, for any two points and for antipodes", () => {
    assert(
      property(point, point, (a, b) => {
        const antipode = {
          latitude: -a.latitude,
          longitude: a.longitude > 0 ? a.longitude - 180 : a.longitude + 180,
        };
        for (const metres of [distanceM(a, b), distanceM(a, antipode)]) {
          expect(metres).toBeGreaterThanOrEqual(0);
          expect(metres).toBeLessThanOrEqual(20_015_116);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("a coarse cell", () => {
  test("has its centre within its half diagonal of any point, in its own cell, and inside the world", () => {
    assert(
      property(point, (where) => {
        const centre = cellCentre(where);
        expect(distanceM(where, centre)).toBeLessThanOrEqual(720);
        expect(cellCentre(centre)).toEqual(centre);
        expect(Math.abs(centre.latitude)).toBeLessThanOrEqual(90);
        expect(Math.abs(centre.longitude)).toBeLessThanOrEqual(180);
      }),
      { numRuns: 5_000 },
    );
  });

  test("is one for both names of the antimeridian", () => {
    expect(cellCentre({ latitude: 12, longitude: 180 })).toEqual(
      cellCentre({ latitude: 12, longitude: -180 }),
    );
  });

  test("gives the same row for every fix in it, whatever is exact about the fix, and never `arrived`", () => {
    assert(
      property(point, point, double({ min: 0, max: 5_000, noNaN: true }), (where, place, accuracy) => {
        const coarse = { precision: "coarse", place, progress: there } as const;
        const row = positionRow(travel({ ...where, accuracy }, coarse), now);
        const ofCentre = positionRow(travel(cellCentre(where), coarse), now);
        expect(row).toEqual(ofCentre);
        expect(row).toMatchObject({ state: "travelling", speed: null, mode: null, battery: null });
        expect((row.distance_m ?? 0) % 1_000).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });

  test("withholds what any number of places would tell about somebody inside it (trilateration)", () => {
    const cell = cellCentre({ latitude: 49.2606, longitude: -123.246 });
    const inside = [north(cell, 300), north(cell, -300), { ...cell, longitude: cell.longitude + 0.003 }];
    const asked = (fix: Point) =>
      Array.from({ length: 200 }, (_, i) => {
        const place = {
          latitude: cell.latitude + (i - 100) / 2_000,
          longitude: cell.longitude + (i % 7) / 500,
        };
        return positionRow(travel(fix, { precision: "coarse", place }), now);
      });
    for (const fix of inside) expect(asked(fix)).toEqual(asked(cell));
  });
});

describe("arriving", () => {
  const place = { latitude: 49.26, longitude: -123.24 };

  test("needs a place", () => {
    expect(positionRow(travel(place), now)).toMatchObject({
      state: "travelling",
      distance_m: null,
      eta_s: null,
    });
  });

  test("gives way to `stale` after 120 s", () => {
    const arrived = travel(place, { place, progress: there });
    expect(positionRow(arrived, now + 120_000).state).toBe("arrived");
    expect(positionRow(arrived, now + 120_001).state).toBe("stale");
  });
});
