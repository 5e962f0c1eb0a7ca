/** Who waits to be let in. */
interface Arrival {
  /** Its turn has come. */
  admitted(): void;
}

/**
 * After an outage everybody is back at once. Greeting them all together would greet everybody late: so many are greeted
 * at a time, the others wait in the order in which they came, and beyond that they are asked to come back later.
 */
export class Admission<T extends Arrival> {
  readonly #atOnce: number;
  readonly #maxWaiting: number;
  readonly #active = new Set<T>();
  readonly #waiting = new Set<T>();

  constructor(atOnce: number, maxWaiting: number) {
    this.#atOnce = atOnce;
    this.#maxWaiting = maxWaiting;
  }

  get active(): number {
    return this.#active.size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** So long is the queue that whoever has not come in yet should not: those who have still find a place. */
  get isCrowded(): boolean {
    return this.#waiting.size >= (this.#maxWaiting * 3) / 4;
  }

  /** Lets them in, now or later; false where no more can wait. */
  enter(arrival: T): boolean {
    if (this.#active.size < this.#atOnce) {
      this.#admit(arrival);
      return true;
    }
    if (this.#waiting.size >= this.#maxWaiting) return false;
    this.#waiting.add(arrival);
    return true;
  }

  /** They are in, or gone. */
  leave(arrival: T): void {
    this.#waiting.delete(arrival);
    if (!this.#active.delete(arrival)) return;
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#admit(next);
  }

  #admit(arrival: T): void {
    this.#active.add(arrival);
    arrival.admitted();
  }
}
