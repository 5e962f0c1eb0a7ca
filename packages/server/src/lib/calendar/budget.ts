/** What expanding may cost. A step is a day looked at, or a time counted: ten nanoseconds to a microsecond. */
export class Budget {
  #steps: number;
  readonly #whole: Budget | Deadline | null;

  /** One that is a share of a `whole` spends that one too. */
  constructor(steps: number, whole: Budget | Deadline | null = null) {
    this.#steps = steps;
    this.#whole = whole;
  }

  spend(steps = 1): void {
    this.#steps -= steps;
    if (this.#steps < 0) throw new TooExpensive();
    this.#whole?.spend(steps);
  }
}

const stepsBetweenLooks = 8192;

/** Time of the processor: a busy machine does not make a calendar worse. */
export class Deadline {
  readonly #begun = process.cpuUsage();
  readonly #ms: number;
  #untilLook = stepsBetweenLooks;
  #isOver = false;

  constructor(ms: number) {
    this.#ms = ms;
  }

  spend(steps: number): void {
    if (!this.affords(steps)) throw new TooExpensive();
  }

  /** As `spend`; false when the time is up. */
  affords(steps: number): boolean {
    this.#untilLook -= steps;
    if (this.#untilLook <= 0) this.#look();
    return !this.#isOver;
  }

  #look(): void {
    this.#untilLook = stepsBetweenLooks;
    const { user, system } = process.cpuUsage(this.#begun);
    this.#isOver ||= (user + system) / 1000 > this.#ms;
  }
}

export class TooExpensive extends Error {
  constructor() {
    super("too expensive");
    this.name = "TooExpensive";
  }
}
