/** Places for work that takes memory or time: so many at once, and so many of one person. */
export class Slots {
  readonly #total: number;
  readonly #each: number;
  readonly #taken = new Map<string, number>();
  #sum = 0;

  constructor(total: number, each: number) {
    this.#total = total;
    this.#each = each;
  }

  /** Null when there is none left. */
  take(user: string): Disposable | null {
    const own = this.#taken.get(user) ?? 0;
    if (this.#sum >= this.#total || own >= this.#each) return null;
    this.#sum++;
    this.#taken.set(user, own + 1);
    return { [Symbol.dispose]: () => this.#release(user) };
  }

  #release(user: string): void {
    this.#sum--;
    const own = (this.#taken.get(user) ?? 0) - 1;
    if (own > 0) this.#taken.set(user, own);
    else this.#taken.delete(user);
  }
}
