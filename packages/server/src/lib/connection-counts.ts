/** How many connections each person holds at this moment: sockets and long polls together. */
export class ConnectionCounts {
  readonly #limit: number;
  readonly #counts = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts one more; false, and not counted, when they have as many as are allowed. */
  take(user: string): boolean {
    const count = this.#counts.get(user) ?? 0;
    if (count >= this.#limit) return false;
    this.#counts.set(user, count + 1);
    return true;
  }

  release(user: string): void {
    const count = this.#counts.get(user) ?? 0;
    if (count > 1) this.#counts.set(user, count - 1);
    else this.#counts.delete(user);
  }
}
