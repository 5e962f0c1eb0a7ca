/** One unit's turn among those that share a transaction. */
export interface Turn {
  /** Resolves when all that came before have taken their numbers, or have ended without. */
  readonly come: Promise<void> | undefined;
  /** The number is being taken. */
  taken(): void;
  ended(): void;
}

/**
 * Units side by side take the numbers of their log in the order in which they came, whatever each has to ask before: what
 * one person sends first has the lower number.
 */
export class Turns {
  /** Places of the units, in the order of their numbers; those that took none are last. */
  readonly order: number[] = [];
  readonly #gates: PromiseWithResolvers<void>[];

  constructor(count: number) {
    this.#gates = Array.from({ length: count }, () => Promise.withResolvers<void>());
  }

  of(index: number): Turn {
    const before = this.#gates[index - 1]?.promise;
    const open = this.#gates[index]?.resolve;
    let isTaken = false;
    const pass = (): void => {
      if (!isTaken) this.order.push(index);
      isTaken = true;
      if (before === undefined) open?.();
      else void before.then(open);
    };
    return { come: before, taken: pass, ended: pass };
  }
}
