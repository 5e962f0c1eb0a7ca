/**
 * Turns of the event loop for work that takes many of them. One of all who wait goes on in each: twenty searches that
 * took a few milliseconds each of the same turn would hold everybody else up for all of them together.
 */
export class SharedTurns {
  readonly #waiting: (() => void)[] = [];
  #scheduled = false;

  /** In the order asked for. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#waiting.shift()?.();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }
}
