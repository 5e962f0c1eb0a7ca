import { fileURLToPath } from "node:url";
import type { Clock, Scheduled } from "./clock.ts";
import {
  type Converted,
  type ImageFault,
  type ImageJob,
  type ImageOutcome,
  outOfMemory,
} from "./image-work.ts";

/** Why an image was not converted: what is wrong with it, or that its decoding did not end well or in time. */
export class ImageError extends Error {
  readonly reason: ImageFault | "crashed" | "late" | "memory";

  constructor(reason: ImageError["reason"]) {
    super(`the image was not converted: ${reason}`);
    this.name = "ImageError";
    this.reason = reason;
  }
}

const program = fileURLToPath(new URL("./image-process.ts", import.meta.url));
const maxProcesses = 2;
const jobMs = 10_000;
const idleMs = 60_000;

interface Waiting {
  readonly job: ImageJob;
  settle(outcome: ImageOutcome | ImageError): void;
}

/**
 * Converts images in processes of their own, at most two, one image at a time in each. They are started when there is
 * something to do and end a minute after; one that crashes or takes longer than ten seconds costs its image alone.
 */
export class Images {
  /** Images that were refused or failed. */
  failures = 0;
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  readonly #workers = new Set<Worker>();
  #stopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Of the processes that live, for whoever watches over them. */
  get processIds(): number[] {
    return [...this.#workers].map(({ pid }) => pid);
  }

  async convert(job: ImageJob): Promise<Converted> {
    if (this.#stopped) throw new ImageError("crashed");
    const { promise, resolve } = Promise.withResolvers<ImageOutcome | ImageError>();
    this.#waiting.push({ job, settle: resolve });
    this.#dispatch();
    const outcome = await promise;
    if (!(outcome instanceof ImageError) && !("fault" in outcome)) return outcome;
    this.failures++;
    throw outcome instanceof ImageError ? outcome : new ImageError(outcome.fault);
  }

  /** Ends all processes; what they were doing fails. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#settleAll();
    await Promise.all([...this.#workers].map((worker) => worker.stop()));
  }

  #dispatch(): void {
    for (const worker of this.#workers) if (worker.isFree) this.#give(worker);
    while (this.#waiting.length > 0 && this.#workers.size < maxProcesses) {
      const worker = this.#start();
      if (worker === null) break;
      this.#workers.add(worker);
      this.#give(worker);
    }
    // Nobody is left whose end would have the rest done.
    if (this.#workers.size === 0) this.#settleAll();
  }

  /** Null where the system has no process, or no file descriptor, to give. */
  #start(): Worker | null {
    try {
      return new Worker(
        this.#clock,
        (ended) => this.#ended(ended),
        () => this.#dispatch(),
      );
    } catch {
      return null;
    }
  }

  #settleAll(): void {
    for (const task of this.#waiting.splice(0)) task.settle(new ImageError("crashed"));
  }

  #give(worker: Worker): void {
    const next = this.#waiting.shift();
    if (next !== undefined) worker.take(next);
  }

  #ended(worker: Worker): void {
    this.#workers.delete(worker);
    this.#dispatch();
  }
}

/** One process. It is free as long as it lives and has nothing to do. */
class Worker {
  readonly #clock: Clock;
  readonly #process: Bun.Subprocess;
  readonly #onFree: () => void;
  #task: Waiting | null = null;
  #timer: Scheduled | null = null;
  #ending = false;

  constructor(clock: Clock, onEnd: (worker: Worker) => void, onFree: () => void) {
    this.#clock = clock;
    this.#onFree = onFree;
    this.#process = Bun.spawn([process.execPath, "--no-install", program], {
      // Of the server's environment, which has secrets in it, nothing.
      env: { MALLOC_ARENA_MAX: "2" },
      stdio: ["ignore", "ignore", "ignore"],
      ipc: (outcome: ImageOutcome) => this.#done(outcome),
      onExit: (_, code) => {
        this.#ending = true;
        this.#settle(new ImageError(code === outOfMemory ? "memory" : "crashed"));
        onEnd(this);
      },
    });
    this.#process.unref();
  }

  get pid(): number {
    return this.#process.pid;
  }

  get isFree(): boolean {
    return this.#task === null && !this.#ending;
  }

  take(task: Waiting): void {
    this.#timer?.cancel();
    this.#task = task;
    this.#timer = this.#clock.schedule(jobMs, () => {
      this.#settle(new ImageError("late"));
      this.#kill();
    });
    try {
      this.#process.send(task.job);
    } catch {
      // It is gone, and its end has not been heard of yet: that settles the task.
      this.#kill();
    }
  }

  async stop(): Promise<void> {
    this.#kill();
    await this.#process.exited;
  }

  #done(outcome: ImageOutcome): void {
    this.#settle(outcome);
    if (this.#ending) return;
    this.#timer = this.#clock.schedule(idleMs, () => this.#kill());
    this.#onFree();
  }

  #settle(outcome: ImageOutcome | ImageError): void {
    this.#timer?.cancel();
    this.#task?.settle(outcome);
    this.#task = null;
  }

  #kill(): void {
    this.#ending = true;
    this.#process.kill("SIGKILL");
  }
}
