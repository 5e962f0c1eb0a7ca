import type { Dice } from "../simulation/dice.ts";
import { between, oneOf, type Range } from "./chance.ts";
import type { Leg } from "./motion.ts";
import { joined, lengthOf, nearestM, road, streets } from "./paths.ts";
import { apart, plus, polar, type Spot } from "./plane.ts";

/** What somebody does: waits, and goes. The last stay lasts until the track ends. */
export type Step = { stayS: number; indoors: boolean } | Leg;

export type Going = "walk" | "cycle" | "car" | "bus" | "train";

const far: Readonly<Record<Going, Range>> = {
  walk: [500, 2_400],
  cycle: [1_300, 6_000],
  car: [2_500, 18_000],
  bus: [1_800, 7_500],
  train: [5_000, 26_000],
};

export function away(dice: Dice, by: Going): Spot {
  return polar(between(dice, far[by]), angle(dice));
}

export function angle(dice: Dice): number {
  return between(dice, [0, 2 * Math.PI]);
}

export function stay(dice: Dice, seconds: Range, indoors = dice.chance(0.6)): Step {
  return { stayS: Math.round(between(dice, seconds)), indoors };
}

/** Where in a venue somebody ends up: mostly near the pin, sometimes at the other end of a park. */
export function door(dice: Dice): Spot {
  return polar(between(dice, dice.chance(0.92) ? [0, 35] : [35, 75]), angle(dice));
}

/** The usual way from one spot to another. */
export function way(dice: Dice, by: Going, from: Spot, to: Spot): Step[] {
  if (by === "walk" || by === "cycle") return [{ by, path: streets(dice, from, to, angle(dice)) }];
  if (by === "car") return drive(dice, from, to);
  return transit(dice, by, from, to);
}

function drive(dice: Dice, from: Spot, to: Spot): Leg[] {
  const metres = apart(from, to);
  const grid = angle(dice);
  if (metres < 3_000) return [{ by: "car", path: streets(dice, from, to, grid) }];
  const exit = towards(to, from, between(dice, [500, 1_400]));
  const start = towards(from, to, between(dice, [200, 900]));
  const by = metres > 8_000 && dice.chance(0.7) ? "highway" : "car";
  return [
    { by: "car", path: streets(dice, from, start, grid) },
    { by, path: road(dice, start, exit, 0.12) },
    { by: "car", path: streets(dice, exit, to, grid) },
  ];
}

/** To the stop, the wait there, the ride, and the last metres on foot. */
function transit(dice: Dice, by: "bus" | "train", from: Spot, to: Spot): Step[] {
  const stop = plus(from, polar(between(dice, [60, 350]), angle(dice)));
  const exit = towards(to, from, between(dice, by === "bus" ? [40, 330] : [180, 650]));
  const path = by === "bus" ? streets(dice, stop, exit, angle(dice)) : road(dice, stop, exit, 0.06);
  return [
    { by: "walk", path: streets(dice, from, stop, angle(dice)) },
    stay(dice, [40, 400], false),
    { by, path, tunnels: by === "train" ? tunnels(dice, lengthOf(path)) : [] },
    { by: "walk", path: streets(dice, exit, to, angle(dice)) },
  ];
}

/** One or two tunnels; an underground's last one leads to the station. */
function tunnels(dice: Dice, lengthM: number): { fromM: number; toM: number }[] {
  const found = Array.from({ length: 1 + dice.int(2) }, () => {
    const fromM = between(dice, [0.1, 0.7]) * lengthM;
    return { fromM, toM: fromM + between(dice, [400, 3_500]) };
  });
  return dice.chance(0.35)
    ? [...found, { fromM: lengthM - between(dice, [800, 3_000]), toM: lengthM }]
    : found;
}

/** The spot so many metres from `from` on the line to `to`. */
export function towards(from: Spot, to: Spot, metres: number): Spot {
  const part = metres / Math.max(1, apart(from, to));
  return {
    east: from.east + (to.east - from.east) * part,
    north: from.north + (to.north - from.north) * part,
  };
}

export interface Passing {
  by: "walk" | "cycle" | "car" | "bus" | "train" | "highway";
  /** How far from the place, at its nearest. */
  offM: Range;
  /** Seconds at a red light that far from the place. */
  redLight?: { seconds: Range; awayM: Range };
}

/** Goes by without stopping (or for a light), and on to somewhere else. */
export function passBy(dice: Dice, { by, offM, redLight }: Passing): Step[] {
  const going = by === "highway" ? "car" : by;
  const heading = angle(dice);
  const nearest = polar(between(dice, offM), heading + oneOf(dice, [Math.PI / 2, -Math.PI / 2]));
  const straightM = Math.max(redLight?.awayM[1] ?? 0, between(dice, [450, 800]));
  const before = plus(nearest, polar(-straightM, heading));
  const after = plus(nearest, polar(straightM, heading));
  const start = plus(
    before,
    polar(between(dice, far[going]) * 0.5, heading + Math.PI + between(dice, [-0.8, 0.8])),
  );
  const end = plus(after, polar(between(dice, [300, 1_500]), heading + between(dice, [-0.8, 0.8])));
  const onStreets = going === "walk" || going === "cycle" || going === "bus";
  const path = onStreets
    ? joined(streets(dice, start, before, heading), [before, after], streets(dice, after, end, heading))
    : joined(road(dice, start, before, 0.08), [before, after], road(dice, after, end, 0.08));
  const halts = redLight === undefined ? [] : [lightNear(dice, path, redLight)];
  return [stay(dice, [20, 240]), { by, path, halts, stops: false }, stay(dice, [180, 700])];
}

function lightNear(
  dice: Dice,
  path: Spot[],
  { seconds, awayM }: NonNullable<Passing["redLight"]>,
): { atM: number; seconds: number } {
  const side = oneOf(dice, [-1, 1]);
  return {
    atM: nearestM(path, { east: 0, north: 0 }) + side * between(dice, awayM),
    seconds: Math.round(between(dice, seconds)),
  };
}
