import type { Range } from "./chance.ts";

/** How something moves: metres and seconds. */
export interface Vehicle {
  cruise: Range;
  /** How much traffic, hills and mood slow it down or hurry it, and over how many seconds that changes. */
  unsteady: number;
  unsteadyS: number;
  speedUp: number;
  brake: number;
  /** Speed round a corner of a right angle. */
  corner: number;
  /** How often it has to stop on the way, how likely at each, and for how long. */
  stops: { everyM: Range; chance: number; seconds: Range };
}

export const vehicles = {
  walk: {
    cruise: [1.1, 1.65],
    unsteady: 0.08,
    unsteadyS: 60,
    speedUp: 0.8,
    brake: 1,
    corner: 1,
    stops: { everyM: [90, 260], chance: 0.35, seconds: [4, 45] },
  },
  cycle: {
    cruise: [3.6, 6.8],
    unsteady: 0.12,
    unsteadyS: 40,
    speedUp: 0.7,
    brake: 1.5,
    corner: 3,
    stops: { everyM: [150, 500], chance: 0.35, seconds: [8, 50] },
  },
  car: {
    cruise: [9, 14],
    unsteady: 0.18,
    unsteadyS: 90,
    speedUp: 1.6,
    brake: 2.2,
    corner: 5,
    stops: { everyM: [200, 700], chance: 0.4, seconds: [8, 70] },
  },
  highway: {
    cruise: [20, 31],
    unsteady: 0.1,
    unsteadyS: 150,
    speedUp: 1.8,
    brake: 2.2,
    corner: 9,
    stops: { everyM: [3_000, 9_000], chance: 0.2, seconds: [5, 40] },
  },
  bus: {
    cruise: [8, 12.5],
    unsteady: 0.18,
    unsteadyS: 90,
    speedUp: 1,
    brake: 1.3,
    corner: 4,
    stops: { everyM: [280, 550], chance: 0.85, seconds: [9, 38] },
  },
  train: {
    cruise: [18, 38],
    unsteady: 0.04,
    unsteadyS: 200,
    speedUp: 0.7,
    brake: 0.8,
    corner: 14,
    stops: { everyM: [1_000, 3_200], chance: 1, seconds: [25, 70] },
  },
} as const satisfies Record<string, Vehicle>;

export type VehicleName = keyof typeof vehicles;
