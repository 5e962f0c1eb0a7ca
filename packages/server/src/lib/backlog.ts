import { AppError } from "./app-error.ts";

/**
 * How much has been written that others have not been told of yet. Whoever writes faster than it can be delivered waits
 * here, in order, so that what is under way stays bounded and no reader has to be cut because of it.
 */
export class Backlog {
  readonly #limit: number;
  readonly #maxWaiting: number;
  #size = 0;
  #waiting: (() => void)[] = [];

  constructor(limit = 512, maxWaiting = 16_384) {
    this.#limit = limit;
    this.#maxWaiting = maxWaiting;
  }

  get size(): number {
    return this.#size;
  }

  /** Also while somebody waits: nobody overtakes them. */
  get isFull(): boolean {
    return this.#size >= this.#limit || this.#waiting.length > 0;
  }

  /** More is to be delivered, or less. */
  add(count: number): void {
    this.#size += count;
    if (this.#waiting.length === 0 || this.#size >= this.#limit) return;
    for (const enter of this.#waiting.splice(0, this.#limit - this.#size)) enter();
  }

  /** Resolves once there is room. */
  room(): Promise<void> {
    if (this.#waiting.length >= this.#maxWaiting)
      return Promise.reject(new AppError("unavailable", { retryAfterS: 1 }));
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
