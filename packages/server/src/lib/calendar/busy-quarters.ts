const quarterSeconds = 900;

/** Quarters of an hour in a range of instants (seconds), and whether something is in them. */
export class BusyQuarters {
  readonly #first: number;
  /** How many things begin in a quarter, less those that have ended before it. */
  readonly #changes: Int32Array;

  constructor(from: number, to: number) {
    this.#first = Math.max(0, Math.floor(from / quarterSeconds));
    this.#changes = new Int32Array(Math.max(0, Math.ceil(to / quarterSeconds) - this.#first) + 1);
  }

  /** A quarter that is busy for a second is busy. What has no length is nowhere. */
  mark(start: number, end: number): void {
    const last = this.#changes.length - 1;
    const from = Math.max(0, Math.floor(start / quarterSeconds) - this.#first);
    const to = Math.min(last, Math.ceil(end / quarterSeconds) - this.#first);
    if (end <= start || from >= to) return;
    this.#changes[from] = (this.#changes[from] ?? 0) + 1;
    this.#changes[to] = (this.#changes[to] ?? 0) - 1;
  }

  /** Pairs [first, after-last), ascending, none touching the next. */
  pairs(): Uint32Array {
    const pairs: number[] = [];
    let depth = 0;
    this.#changes.forEach((change, index) => {
      const isBusy = depth > 0;
      depth += change;
      if (depth > 0 !== isBusy) pairs.push(this.#first + index);
    });
    return Uint32Array.from(pairs);
  }
}
