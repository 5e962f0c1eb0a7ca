/** Counts what arrives, and tells whoever waits for a number of it. */
export class Counter {
  total = 0;
  onAdd: ((count: number) => void) | null = null;
  #target = Number.POSITIVE_INFINITY;
  #waiting: PromiseWithResolvers<void> | null = null;
  #failure: Error | null = null;

  add(count: number): void {
    if (count === 0) return;
    this.total += count;
    this.onAdd?.(count);
    if (this.total >= this.#target) this.#settle()?.resolve();
  }

  /** Resolves when so many have been counted since the beginning. */
  reached(target: number): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.total >= target) return Promise.resolve();
    this.#target = target;
    this.#waiting = Promise.withResolvers<void>();
    return this.#waiting.promise;
  }

  /** No more will come: whoever waits, now or later, learns why. */
  fail(failure: Error): void {
    this.#failure ??= failure;
    this.#settle()?.reject(this.#failure);
  }

  #settle(): PromiseWithResolvers<void> | null {
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#target = Number.POSITIVE_INFINITY;
    return waiting;
  }
}
