import type { Dice } from "../simulation/dice.ts";
import { between as drawn } from "./chance.ts";
import { apart, between, plus, type Spot, turned } from "./plane.ts";

/** Along the streets of a grid that is turned by `angle`: corners, with a block gone too far now and then. */
export function streets(dice: Dice, from: Spot, to: Spot, angle: number): Spot[] {
  const block = drawn(dice, [70, 170]);
  const path = [from];
  const left = turned({ east: to.east - from.east, north: to.north - from.north }, -angle);
  let alongEast = dice.chance(0.5);
  while (Math.hypot(left.east, left.north) > 1) {
    const axis = alongEast ? "east" : "north";
    const step = stepOf(dice, left[axis], block);
    left[axis] -= step;
    path.push(plus(path.at(-1) ?? from, turned({ east: 0, north: 0, [axis]: step }, angle)));
    alongEast = !alongEast;
  }
  return path.filter((spot, index) => index === 0 || apart(spot, path[index - 1] ?? spot) > 0.5);
}

function stepOf(dice: Dice, left: number, block: number): number {
  const blocks = block * (1 + dice.int(3));
  if (Math.abs(left) <= blocks) return left;
  const wrongWay = dice.chance(0.04) && Math.abs(left) > 4 * block;
  return Math.sign(left) * (wrongWay ? -block : blocks);
}

/** A road or a railway: bends, but goes on. `bend` is how far it strays, as a part of its length. */
export function road(dice: Dice, from: Spot, to: Spot, bend: number): Spot[] {
  const length = apart(from, to);
  const pieces = Math.max(4, Math.round(length / 250));
  const across = { east: -(to.north - from.north) / length, north: (to.east - from.east) / length };
  const [first, second] = [drawn(dice, [-bend, bend]) * length, drawn(dice, [-bend, bend]) * length * 0.5];
  return Array.from({ length: pieces + 1 }, (_, index) => {
    const part = index / pieces;
    const off = first * Math.sin(Math.PI * part) + second * Math.sin(2 * Math.PI * part);
    return plus(between(from, to, part), { east: across.east * off, north: across.north * off });
  });
}

export function joined(...paths: readonly Spot[][]): Spot[] {
  return paths.flatMap((path, index) => (index === 0 ? path : path.slice(1)));
}

export function lengthOf(path: readonly Spot[]): number {
  return path.reduce((sum, spot, index) => sum + (index === 0 ? 0 : apart(path[index - 1] ?? spot, spot)), 0);
}

/** How far along a path the point of it that is nearest to a spot lies. */
export function nearestM(path: readonly Spot[], to: Spot): number {
  let best = { off: Number.POSITIVE_INFINITY, atM: 0 };
  const length = lengthOf(path);
  const walk = walker(path);
  for (let atM = 0; atM <= length; atM += 2) {
    const off = apart(walk(atM), to);
    if (off < best.off) best = { off, atM };
  }
  return best.atM;
}

/** Where somebody is after so many metres; asked with metres that only grow. */
export function walker(path: readonly Spot[]): (atM: number) => Spot {
  let [index, doneM] = [0, 0];
  return (atM) => {
    for (;;) {
      const a = path[index] ?? { east: 0, north: 0 };
      const b = path[index + 1];
      if (b === undefined) return a;
      const piece = apart(a, b);
      if (atM <= doneM + piece) return between(a, b, piece === 0 ? 0 : (atM - doneM) / piece);
      doneM += piece;
      index += 1;
    }
  };
}

/** The corners of a path, in metres along it, and how sharp each is in radians. */
export function cornersOf(path: readonly Spot[]): { atM: number; turn: number }[] {
  let atM = 0;
  return path.slice(1, -1).map((spot, index) => {
    const before = path[index] ?? spot;
    const after = path[index + 2] ?? spot;
    atM += apart(before, spot);
    const turn =
      Math.atan2(after.north - spot.north, after.east - spot.east) -
      Math.atan2(spot.north - before.north, spot.east - before.east);
    return { atM, turn: Math.abs(Math.atan2(Math.sin(turn), Math.cos(turn))) };
  });
}
