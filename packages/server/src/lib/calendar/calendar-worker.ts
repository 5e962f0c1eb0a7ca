import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Clock, Scheduled } from "../clock.ts";
import type { Job, Said } from "./work.ts";

/** What the processes run. */
export const program = fileURLToPath(new URL("./calendar-process.ts", import.meta.url));
const idleMs = 60_000;
const startMs = 10_000;
const watchMs = 50;
const pageBytes = 4096;

/** How a job ended that was not answered. */
export type Ended = "unstarted" | "crashed" | "late" | "memory" | "stopped";
export type Answer = Exclude<Said, { kind: "ready" }>;

export interface Task {
  readonly job: Job;
  /** What the process may take once it has begun. */
  readonly deadlineMs: number;
  readonly rssBytes: number;
  settle(answer: Answer | Ended): void;
}

/** One process. It is free as long as it lives and has nothing to do. */
export class CalendarWorker {
  readonly #clock: Clock;
  readonly #process: Bun.Subprocess;
  readonly #onFree: () => void;
  #task: Task | null = null;
  #ready = false;
  #timer: Scheduled | null = null;
  #watch: Scheduled | null = null;
  #ending: Ended | null = null;

  constructor(clock: Clock, entry: string, onEnd: (worker: CalendarWorker) => void, onFree: () => void) {
    this.#clock = clock;
    this.#onFree = onFree;
    this.#process = Bun.spawn([process.execPath, "--no-install", entry], {
      // Of the server's environment, which has secrets in it, nothing.
      env: { MALLOC_ARENA_MAX: "2" },
      stdio: ["ignore", "ignore", "ignore"],
      // Not JSON: bytes are copied as they are, without holding the server up.
      serialization: "advanced",
      ipc: (said: Said) => this.#hear(said),
      onExit: () => {
        this.#ending ??= "crashed";
        this.#settle(this.#ending);
        onEnd(this);
      },
    });
    this.#process.unref();
  }

  get pid(): number {
    return this.#process.pid;
  }

  get isFree(): boolean {
    return this.#task === null && this.#ending === null;
  }

  /** Time passes for a process by itself: neither its start nor its deadline is on the clock that a test may move. */
  take(task: Task): void {
    this.#timer?.cancel();
    this.#task = task;
    if (this.#ready) this.#begin(task);
    else this.#timer = realTimer(startMs, () => this.#kill("unstarted"));
  }

  async stop(): Promise<void> {
    this.#kill("stopped");
    await this.#process.exited;
  }

  #begin(task: Task): void {
    this.#timer = realTimer(task.deadlineMs, () => this.#kill("late"));
    this.#watchMemory(task.rssBytes);
    try {
      this.#process.send(task.job);
    } catch {
      // It is gone, and its end has not been heard of yet: that settles the task.
      this.#kill("crashed");
    }
  }

  #hear(said: Said): void {
    if (this.#ending !== null) return;
    if (said.kind !== "ready") {
      this.#settle(said);
      this.#timer = this.#clock.schedule(idleMs, () => this.#kill("stopped"));
      return this.#onFree();
    }
    this.#ready = true;
    this.#timer?.cancel();
    if (this.#task !== null) this.#begin(this.#task);
  }

  #watchMemory(rssBytes: number): void {
    this.#watch = realTimer(watchMs, () => {
      if (residentBytes(this.pid) > rssBytes) this.#kill("memory");
      else this.#watchMemory(rssBytes);
    });
  }

  #settle(answer: Answer | Ended): void {
    this.#timer?.cancel();
    this.#watch?.cancel();
    const task = this.#task;
    this.#task = null;
    task?.settle(answer);
  }

  #kill(why: Ended): void {
    this.#ending ??= why;
    this.#process.kill("SIGKILL");
  }
}

function realTimer(ms: number, task: () => void): Scheduled {
  const timer = setTimeout(task, ms);
  timer.unref();
  return { cancel: () => clearTimeout(timer) };
}

/** 0 where the system does not say it in a file: there the deadline alone bounds it. */
function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1]) * pageBytes;
  } catch {
    return 0;
  }
}
