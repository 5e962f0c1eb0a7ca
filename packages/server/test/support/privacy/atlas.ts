import { Dice } from "../simulation/dice.ts";

/** Which fix stands in some bytes, and how finely. */
export interface Found {
  id: number;
  how: "exact" | "cell";
}

export interface Spot {
  id: number;
  latitude: number;
  longitude: number;
}

/** Of the server's grid the test knows only how high its cells are. */
const cellDegrees = 0.009;
const rows = 900;
/** A whole number, never the end of one: the last digits of an instant in seconds may read like any latitude. */
const number = /(?<!\d)-?\d{1,3}\.\d{3,}/g;

/**
 * Gives every fix a place, and a cell, of its own, so that it is known again in whatever bytes it stands. Latitudes lie
 * between 5 and 75 degrees, longitudes beyond 100: no number can be taken for the other, nor one of the usual small
 * ones for either.
 */
export class Atlas {
  readonly #dice: Dice;
  readonly #texts = new Map<string, number>();
  /** Of the present history, by the tenth of a degree in which they lie. */
  readonly #near = new Map<number, Spot>();
  readonly minted: Spot[] = [];

  constructor(seed: number) {
    this.#dice = new Dice(seed);
  }

  /** Another history begins: what was found roughly before is not looked for any more, what is found to the letter is. */
  turnPage(): void {
    this.#near.clear();
  }

  mint(): Spot {
    const id = this.minted.length;
    const row = id % rows;
    const column = Math.floor(id / rows) % 700;
    const side = column % 2 === 0 ? 1 : -1;
    const latitude = this.#new(() => odd(this.#off(5 + row * 0.075)));
    const longitude = this.#new(() => odd(side * (100 + Math.floor(column / 2) * 0.2 + this.#part(0.05))));
    const spot = { id, latitude, longitude };
    this.#texts.set(String(spot.latitude), id);
    this.#texts.set(String(spot.longitude), id);
    this.#near.set(row, spot);
    this.minted.push(spot);
    return spot;
  }

  /** A latitude that is not near the middle of its row, so that the fix and its cell are not mistaken for each other. */
  #off(from: number): number {
    const middle = (Math.floor((from + 0.02 + 90) / cellDegrees) + 0.5) * cellDegrees - 90;
    return middle + (this.#dice.chance(0.5) ? 1 : -1) * (0.001 + this.#part(0.003));
  }

  /** One that no fix of this world has had: among thousands, chance would repeat some. */
  #new(draw: () => number): number {
    for (;;) {
      const value = draw();
      if (!this.#texts.has(String(value))) return value;
    }
  }

  #part(of: number): number {
    return this.#dice.fraction() * of;
  }

  /** Every fix that a text gives away. */
  in(text: string): Found[] {
    const found = new Map<string, Found>();
    for (const [token] of text.matchAll(number)) {
      const one = this.#exact(token) ?? this.#rough(Number(token));
      if (one !== undefined) found.set(`${one.id} ${one.how}`, one);
    }
    return [...found.values()];
  }

  /** Fixes of whichever history that stand there to the letter. */
  exactIn(text: string): number[] {
    return [...text.matchAll(number)].flatMap(([token]) => this.#texts.get(token) ?? []);
  }

  #exact(token: string): Found | undefined {
    const id = this.#texts.get(token);
    return id === undefined ? undefined : { id, how: "exact" };
  }

  #rough(latitude: number): Found | undefined {
    const spot = this.#near.get(Math.floor((latitude - 5) / 0.075 + 0.01));
    if (spot === undefined) return undefined;
    const off = Math.abs(spot.latitude - latitude);
    if (off > cellDegrees / 2 + 1e-6) return undefined;
    return { id: spot.id, how: off <= 5e-4 ? "exact" : "cell" };
  }
}

/** Seven decimals, of which the last is none that a rounder number could end with. */
function odd(value: number): number {
  return Number(`${value.toFixed(6)}7`);
}
