import { parentPort, workerData } from "node:worker_threads";
import { DamagedFile } from "./errors.ts";
import { doFileWork, type FileWork } from "./file-work.ts";

/** The first thing that the worker is told, and the last that it tells: what went wrong, or null. */
export interface FileWorkEnded {
  readonly error: string | null;
  /** The error is that the file is damaged. */
  readonly damaged: boolean;
}

function attempt(work: FileWork): FileWorkEnded {
  try {
    doFileWork(work);
    return { error: null, damaged: false };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { error: text, damaged: error instanceof DamagedFile };
  }
}

// Started by `FileWorks` alone, with a piece of work.
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(attempt(workerData as FileWork));
