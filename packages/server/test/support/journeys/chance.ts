import type { Dice } from "../simulation/dice.ts";

export type Range = readonly [least: number, most: number];

export function between(dice: Dice, [least, most]: Range): number {
  return least + dice.fraction() * (most - least);
}

export function oneOf<T>(dice: Dice, items: readonly [T, ...T[]]): T {
  return items[dice.int(items.length)] ?? items[0];
}

/** Normally distributed around 0 (Box and Muller). */
export function normal(dice: Dice, sigma: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - dice.fraction()));
  return sigma * radius * Math.cos(2 * Math.PI * dice.fraction());
}

/** A value that wanders around 0: Gauss and Markov's process, correlated over `tauS` seconds. */
export class Wander {
  #value: number;

  constructor(dice: Dice, sigma: number) {
    this.#value = normal(dice, sigma);
  }

  /** One second on; `sigma` may change on the way (into a street of towers, into a house). */
  step(dice: Dice, sigma: number, tauS: number): number {
    const keep = Math.exp(-1 / tauS);
    this.#value = this.#value * keep + normal(dice, sigma * Math.sqrt(1 - keep * keep));
    return this.#value;
  }
}
