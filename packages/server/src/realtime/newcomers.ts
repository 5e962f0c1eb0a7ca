interface Closable {
  close(code: number): void;
}

/**
 * Connections that have not said who they are. There may be many in a wave of reconnects, but an honest one is here
 * for a moment: when there are too many, whoever has been here longest goes, so that nobody can fill the room.
 */
export class Newcomers<T extends Closable> {
  readonly #limit: number;
  readonly #closeCode: number;
  readonly #waiting = new Set<T>();

  constructor(limit: number, closeCode: number) {
    this.#limit = limit;
    this.#closeCode = closeCode;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(newcomer: T): void {
    const [longest] = this.#waiting;
    if (longest !== undefined && this.#waiting.size >= this.#limit) {
      this.#waiting.delete(longest);
      longest.close(this.#closeCode);
    }
    this.#waiting.add(newcomer);
  }

  delete(newcomer: T): void {
    this.#waiting.delete(newcomer);
  }
}
