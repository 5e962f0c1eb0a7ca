import { existsSync, readdirSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "./folders.ts";

/**
 * A folder for files on their way. What is in it belongs to one task, and is named with an id (RFC 9562, version 7), whose
 * first 48 bits say when it was begun: several servers may share the folder.
 */
export class WorkFolder {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** What a crash has left may be a photo with all that its camera wrote into it. For who has the folder alone. */
  clear(): void {
    if (existsSync(this.#path)) rmSync(this.#path, { recursive: true });
  }

  /** Deletes what was begun before then (unix milliseconds), by whichever server: no task takes so long. */
  clearBefore(ms: number): void {
    if (!existsSync(this.#path)) return;
    for (const name of readdirSync(this.#path))
      if (!(begunAt(name) >= ms)) rmSync(join(this.#path, name), { recursive: true, force: true });
  }

  /** Paths that begin with this one are the task's, and are gone when it is disposed of. */
  async take(name: string, suffixes: readonly string[]): Promise<{ path: string } & AsyncDisposable> {
    // Each time: whatever kept it from being made once, or took it away since, may be over.
    await makeFolder(this.#path);
    const path = join(this.#path, name);
    return {
      path,
      async [Symbol.asyncDispose]() {
        for (const suffix of suffixes) await rm(path + suffix, { force: true });
      },
    };
  }
}

/** NaN for what is named otherwise. */
function begunAt(name: string): number {
  return Number(`0x${name.slice(0, 8)}${name.slice(9, 13)}`);
}
