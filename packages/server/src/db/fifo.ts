const compactAfter = 1024;

/** A queue that takes from its head in constant time: Array.shift moves all the rest. */
export class Fifo<T> {
  readonly #items: T[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#head += 1;
    if (this.length === 0 || this.#head >= compactAfter) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    return item;
  }
}
