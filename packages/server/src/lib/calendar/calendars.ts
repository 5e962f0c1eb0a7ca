import { AppError } from "../app-error.ts";
import type { Clock } from "../clock.ts";
import { type Answer, CalendarWorker, type Ended, program, type Task } from "./calendar-worker.ts";
import {
  type Expanded,
  type ExpandRequest,
  type Job,
  maxTextBytes,
  type ReadOutcome,
  type ReadRequest,
} from "./work.ts";
import { ianaZone } from "./zone.ts";

const maxProcesses = 2;
const maxWaiting = 256;

/** Whoever ended a process may have meant the process, not the job: another one does it. */
const attempts = 2;

/** What a process may take before it is ended: several times what a job's own bounds let it take. */
const defaultBounds = { expandMs: 1500, readMs: 4000, rssBytes: 512 * 1024 * 1024 };

/**
 * Reads calendars and expands recurrence rules in processes of their own, at most two, one job at a time in each. They
 * are started when there is something to do and end a minute after; one that takes too long or too much memory costs its
 * job alone. A job whose process crashes is done once more, by another.
 */
export class Calendars {
  /** Jobs whose process had to be ended, or ended by itself. */
  failures = 0;
  readonly #clock: Clock;
  readonly #bounds: typeof defaultBounds;
  readonly #program: string;
  readonly #rules: Task[] = [];
  readonly #texts: Task[] = [];
  readonly #workers = new Set<CalendarWorker>();
  #stopped = false;

  constructor(clock: Clock, bounds: Partial<typeof defaultBounds> = {}, entry = program) {
    this.#clock = clock;
    this.#program = entry;
    this.#bounds = { ...defaultBounds, ...bounds };
  }

  /** Of the processes that live, for whoever watches over them. */
  get processIds(): number[] {
    return [...this.#workers].map(({ pid }) => pid);
  }

  /** Throws `unavailable` when too much waits already, or no process lives long enough. */
  async expandRule(request: ExpandRequest): Promise<Expanded> {
    requireZone(request.timeZone);
    const answer = await this.#run(this.#rules, { kind: "expand", request }, this.#bounds.expandMs);
    return answer !== null && answer.kind === "expand" ? answer.outcome : { fault: "too_expensive" };
  }

  /** Throws `unavailable` when too much waits already, or no process lives long enough. */
  async read(request: ReadRequest): Promise<ReadOutcome> {
    requireZone(request.timeZone);
    if (request.text.byteLength > maxTextBytes) return { fault: "too_large" };
    const answer = await this.#run(this.#texts, { kind: "read", request }, this.#bounds.readMs);
    return answer !== null && answer.kind === "read" ? answer.outcome : { fault: "too_expensive" };
  }

  /** Ends all processes; what they were doing fails. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#settleAll("stopped");
    await Promise.all([...this.#workers].map((worker) => worker.stop()));
  }

  /** Null: its process was ended for it. */
  async #run(queue: Task[], job: Job, deadlineMs: number): Promise<Answer | null> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#attempt(queue, job, deadlineMs);
      if (typeof answer !== "string") return answer;
      if (answer === "stopped") throw new AppError("unavailable");
      this.failures++;
      if (answer === "unstarted" || (answer === "crashed" && attempt === attempts))
        throw new AppError("unavailable");
      if (answer !== "crashed") return null;
    }
  }

  #attempt(queue: Task[], job: Job, deadlineMs: number): Promise<Answer | Ended> {
    if (this.#stopped || queue.length >= maxWaiting) throw new AppError("unavailable");
    const { promise, resolve } = Promise.withResolvers<Answer | Ended>();
    queue.push({ job, deadlineMs, rssBytes: this.#bounds.rssBytes, settle: resolve });
    this.#dispatch();
    return promise;
  }

  #dispatch(): void {
    for (const worker of this.#workers) if (worker.isFree) this.#give(worker);
    while (!this.#stopped && this.#isWaiting() && this.#workers.size < maxProcesses) {
      const worker = this.#start();
      if (worker === null) break;
      this.#workers.add(worker);
      this.#give(worker);
    }
    // Nobody is left whose end would have the rest done.
    if (this.#workers.size === 0) this.#settleAll("unstarted");
  }

  /** Null where the system has no process, or no file descriptor, to give. */
  #start(): CalendarWorker | null {
    try {
      return new CalendarWorker(
        this.#clock,
        this.#program,
        (ended) => this.#ended(ended),
        () => this.#dispatch(),
      );
    } catch {
      return null;
    }
  }

  #settleAll(how: Ended): void {
    for (const task of [...this.#rules.splice(0), ...this.#texts.splice(0)]) task.settle(how);
  }

  #isWaiting(): boolean {
    return this.#rules.length + this.#texts.length > 0;
  }

  /** Somebody waits for a rule; calendars are read in the background. */
  #give(worker: CalendarWorker): void {
    const next = this.#rules.shift() ?? this.#texts.shift();
    if (next !== undefined) worker.take(next);
  }

  #ended(worker: CalendarWorker): void {
    this.#workers.delete(worker);
    this.#dispatch();
  }
}

/** Nobody's setting may be anything else, so that this is a mistake of ours. */
function requireZone(timeZone: string): void {
  if (ianaZone(timeZone) === null) throw new RangeError(`no time zone: ${timeZone}`);
}
