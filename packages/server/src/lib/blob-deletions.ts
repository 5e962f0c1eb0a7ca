import type { Blobs } from "./blobs.ts";
import type { Log } from "./log.ts";

/** Deletes files that nothing in the database names any more. What fails is left to the next sweep. */
export class BlobDeletions {
  readonly #blobs: Blobs;
  readonly #log: Log;
  readonly #running = new Set<Promise<void>>();
  readonly #held: string[] = [];
  #holds = 0;

  constructor(blobs: Blobs, log: Log) {
    this.#blobs = blobs;
    this.#log = log;
  }

  /** Begins at once, unless a backup is being made: of that, every file must still be there when it is looked for. */
  delete(names: readonly string[]): void {
    if (this.#holds > 0) this.#held.push(...names);
    else if (names.length > 0) this.#start(names);
  }

  /** Lets everything stay until it is disposed of. */
  hold(): Disposable {
    this.#holds++;
    return {
      [Symbol.dispose]: () => {
        if (--this.#holds === 0) this.delete(this.#held.splice(0));
      },
    };
  }

  /** Once all that has begun has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  #start(names: readonly string[]): void {
    const running = this.#deleteAll(names).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #deleteAll(names: readonly string[]): Promise<void> {
    for (const name of names) {
      try {
        await this.#blobs.delete(name);
      } catch (error) {
        this.#log.error({ error, name }, "a file stays until the next sweep");
      }
    }
  }
}
