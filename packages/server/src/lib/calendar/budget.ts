/** What a rule may cost. A step is a day looked at, or a time counted: some ten nanoseconds. */
export class Budget {
  #steps: number;

  constructor(steps: number) {
    this.#steps = steps;
  }

  spend(steps = 1): void {
    this.#steps -= steps;
    if (this.#steps < 0) throw new TooExpensive();
  }
}

export class TooExpensive extends Error {
  constructor() {
    super("too expensive");
    this.name = "TooExpensive";
  }
}
