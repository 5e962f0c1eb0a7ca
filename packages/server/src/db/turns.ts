/** One unit's turn among those of its stream that share a transaction. */
export interface Turn {
  /** Resolves when all that came before have taken their numbers, or have ended without. */
  readonly come: Promise<void> | undefined;
  /** The number is being taken. */
  taken(): void;
  ended(): void;
}

/**
 * Units side by side take the numbers of their stream in the order in which they came, whatever each has to ask before: what
 * one person sends first has the lower number.
 */
export class Turns {
  /** Places of the units; those of one stream in the order of their numbers. */
  readonly order: number[] = [];
  readonly #last = new Map<string, Promise<void>>();

  next(stream: string, place: number): Turn {
    const before = this.#last.get(stream);
    const gate = Promise.withResolvers<void>();
    this.#last.set(stream, gate.promise);
    let isTaken = false;
    const pass = (): void => {
      if (!isTaken) this.order.push(place);
      isTaken = true;
      if (before === undefined) gate.resolve();
      else void before.then(gate.resolve);
    };
    return { come: before, taken: pass, ended: pass };
  }
}
