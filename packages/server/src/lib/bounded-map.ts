/**
 * A map that forgets what was used least recently, so that a cache cannot outgrow its bound. While it is less than half
 * full it notes no use: then nothing is forgotten soon, and noting it would cost more than the look-up.
 */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#entries.size;
  }

  keys(): Iterable<K> {
    return this.#entries.keys();
  }

  values(): Iterable<V> {
    return this.#entries.values();
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined && this.#entries.size * 2 >= this.#max) this.#putLast(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.#putLast(key, value);
    if (this.#entries.size > this.#max) this.#forgetFirst();
  }

  delete(key: K): boolean {
    return this.#entries.delete(key);
  }

  deleteWhere(matches: (value: V) => boolean): void {
    for (const [key, value] of this.#entries) if (matches(value)) this.#entries.delete(key);
  }

  /** A Map keeps the order of insertion: its first key is the one unused for longest. */
  #putLast(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
  }

  #forgetFirst(): void {
    const { value, done } = this.#entries.keys().next();
    if (!done) this.#entries.delete(value);
  }
}
