import { Worker } from "node:worker_threads";
import { DamagedFile } from "./errors.ts";
import type { FileWork } from "./file-work.ts";
import type { FileWorkEnded } from "./file-worker.ts";

/** Work on the database's file that goes on beside the server, in threads of this process. */
export class FileWorks {
  readonly #running = new Set<Worker>();

  get running(): boolean {
    return this.#running.size > 0;
  }

  /** Resolves when it is done; throws with what went wrong. */
  run(work: FileWork): Promise<void> {
    const worker = new Worker(new URL("./file-worker.ts", import.meta.url), { workerData: work });
    this.#running.add(worker);
    return new Promise<void>((resolve, reject) => {
      worker.once("message", ({ error, damaged }: FileWorkEnded) => {
        if (error === null) resolve();
        else reject(damaged ? new DamagedFile(error) : new Error(error));
      });
      worker.once("error", reject);
      worker.once("exit", () => {
        this.#running.delete(worker);
        reject(new Error("the work was given up"));
      });
    });
  }

  /** Gives up what is running. A thread inside SQLite ends when SQLite returns, or with the process. */
  stop(): void {
    for (const worker of this.#running) void worker.terminate();
  }
}
