import type { Random } from "../../../src/lib/ids.ts";

/** Chance that can be had again: everything a history draws comes from its seed. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number in [0, 1): mulberry32. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number in [0, below). */
  int(below: number): number {
    return Math.floor(this.fraction() * below);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }
}

/** The server's source of ids and tokens, drawn from whatever dice lie there at the moment. */
export function dicedRandom(now: () => number): Random & { dice: Dice } {
  const source = {
    dice: new Dice(0),
    fraction: () => source.dice.fraction(),
    id(): string {
      const time = Math.floor(now()).toString(16).padStart(12, "0");
      return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(source.dice, 3)}-8${hex(source.dice, 3)}-${hex(source.dice, 12)}`;
    },
    token: () =>
      Uint8Array.from({ length: 32 }, () => source.dice.int(256)).toBase64({
        alphabet: "base64url",
        omitPadding: true,
      }),
  };
  return source;
}

function hex(dice: Dice, digits: number): string {
  return Array.from({ length: digits }, () => dice.int(16).toString(16)).join("");
}
