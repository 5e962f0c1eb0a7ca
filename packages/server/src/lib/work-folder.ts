import { existsSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "./folders.ts";

/** A folder for files on their way: what is in it belongs to this process alone, and to one task of it. */
export class WorkFolder {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** At a start: what a crash has left may be a photo with all that its camera wrote into it. */
  clear(): void {
    if (existsSync(this.#path)) rmSync(this.#path, { recursive: true });
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
