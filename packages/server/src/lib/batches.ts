import type { Clock, Scheduled } from "./clock.ts";

interface Options<V> {
  readonly clock: Clock;
  /** How long the first of a batch waits for others. */
  readonly everyMs: number;
  /** So many at most are written together. */
  readonly size: number;
  /** Writes what it is handed by the function, which leaves out what was deleted while the batch waited for its turn. */
  write(batch: () => V[]): Promise<void>;
  /** A batch was not written; it will be tried again. */
  failed(error: unknown): void;
}

/** So many are handed over before the first is awaited: they share a commit, and others' writes wait for no more. */
const batchesAtOnce = 4;

/** Values that are written together a moment later, of each key the newest. What could not be written stays. */
export class Batches<V> {
  readonly #options: Options<V>;
  readonly #waiting = new Map<string, V>();
  readonly #underWay = new Map<string, V>();
  #planned: Scheduled | null = null;
  #writing: Promise<void> | null = null;

  constructor(options: Options<V>) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.size + this.#underWay.size;
  }

  put(key: string, value: V): void {
    this.#waiting.set(key, value);
    this.#plan();
  }

  get(key: string): V | undefined {
    return this.#waiting.get(key) ?? this.#underWay.get(key);
  }

  some(matches: (value: V) => boolean): boolean {
    return [...this.#waiting.values(), ...this.#underWay.values()].some(matches);
  }

  delete(key: string): void {
    this.#waiting.delete(key);
    this.#underWay.delete(key);
  }

  deleteWhere(matches: (value: V) => boolean): void {
    for (const values of [this.#waiting, this.#underWay])
      for (const [key, value] of values) if (matches(value)) values.delete(key);
  }

  /** Resolves once all that is in now is written; rejects when that fails. */
  async flush(): Promise<void> {
    // What is being written began before this, and may lack what came since.
    if (this.#writing !== null) await this.#writing;
    // Somebody else who waited may have begun the next one, with all that is in.
    if (this.#waiting.size > 0 || this.#writing !== null) await this.#start();
  }

  #plan(): void {
    if (this.#planned !== null || this.#writing !== null) return;
    this.#planned = this.#options.clock.schedule(this.#options.everyMs, () => {
      this.#planned = null;
      // The failure is reported where it happens.
      this.#start().catch(() => undefined);
    });
  }

  #start(): Promise<void> {
    this.#planned?.cancel();
    this.#planned = null;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
      if (this.#waiting.size > 0) this.#plan();
    });
    return this.#writing;
  }

  /** What was there when it began: what comes meanwhile waits for its own turn. */
  async #writeAll(): Promise<void> {
    const together = this.#options.size * batchesAtOnce;
    for (let left = this.#waiting.size; left > 0 && this.#waiting.size > 0; left -= together) {
      const batches: string[][] = [];
      for (let i = 0; i < batchesAtOnce && i * this.#options.size < left; i++)
        batches.push(this.#take(Math.min(left - i * this.#options.size, this.#options.size)));
      const ends = await Promise.allSettled(batches.map((keys) => this.#write(keys)));
      const failure = ends.find((end) => end.status === "rejected");
      if (failure !== undefined) {
        this.#putBack();
        this.#options.failed(failure.reason);
        throw failure.reason;
      }
      this.#underWay.clear();
    }
  }

  #write(keys: readonly string[]): Promise<void> {
    return this.#options.write(() =>
      keys.flatMap((key) => {
        const value = this.#underWay.get(key);
        return value === undefined ? [] : [value];
      }),
    );
  }

  #take(count: number): string[] {
    const keys: string[] = [];
    for (const [key, value] of this.#waiting) {
      if (keys.length >= count) break;
      this.#waiting.delete(key);
      this.#underWay.set(key, value);
      keys.push(key);
    }
    return keys;
  }

  /** Also what was written beside what was not: writing it again changes nothing. */
  #putBack(): void {
    for (const [key, value] of this.#underWay) if (!this.#waiting.has(key)) this.#waiting.set(key, value);
    this.#underWay.clear();
  }
}
