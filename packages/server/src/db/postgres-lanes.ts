import type { StreamId } from "@jarvis/contract";
import { Fifo } from "./fifo.ts";

export interface Job<R> {
  readonly stream: StreamId;
  readonly run: R;
  /** It shares no transaction, and keeps its place among those that do. */
  readonly alone: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** So many batches are under way at a time: while they are, what comes in waits and goes together. */
const atOnce = 4;

/** Units that append to streams, those of one in the order in which they came. Each batch takes along all that waits. */
export class Lanes<R> {
  readonly #waiting = new Map<StreamId, Fifo<Job<R>>>();
  readonly #underWay = new Set<StreamId>();
  readonly #handle: (jobs: readonly Job<R>[]) => Promise<void>;
  readonly #max: number;
  #running = 0;
  #isPlanned = false;

  /** `handle` settles each job, and does not throw. */
  constructor(max: number, handle: (jobs: readonly Job<R>[]) => Promise<void>) {
    this.#max = max;
    this.#handle = handle;
  }

  add(stream: StreamId, run: R, alone: boolean): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const lane = this.#waiting.get(stream) ?? new Fifo<Job<R>>();
      lane.push({ stream, run, alone, resolve, reject });
      this.#waiting.set(stream, lane);
      this.#plan();
    });
  }

  // Those that arrive in the same turn go along.
  #plan(): void {
    if (this.#isPlanned || this.#running >= atOnce) return;
    this.#isPlanned = true;
    queueMicrotask(() => {
      this.#isPlanned = false;
      this.#start();
    });
  }

  #start(): void {
    while (this.#running < atOnce) {
      const jobs = this.#next();
      if (jobs.length === 0) return;
      void this.#work(jobs);
    }
  }

  async #work(jobs: readonly Job<R>[]): Promise<void> {
    const streams = new Set(jobs.map(({ stream }) => stream));
    for (const stream of streams) this.#underWay.add(stream);
    this.#running++;
    await this.#handle(jobs);
    this.#running--;
    for (const stream of streams) this.#underWay.delete(stream);
    this.#start();
  }

  /** What waits, of all streams that have nothing under way. */
  #next(): Job<R>[] {
    const jobs: Job<R>[] = [];
    for (const [stream, lane] of this.#waiting) {
      if (this.#underWay.has(stream)) continue;
      if (lane.peek()?.alone && jobs.length > 0) continue;
      for (let job = lane.peek(); job && jobs.length < this.#max; job = lane.peek()) {
        if (job.alone && jobs.length > 0) break;
        jobs.push(job);
        lane.shift();
        if (job.alone) break;
      }
      if (lane.length === 0) this.#waiting.delete(stream);
      if (jobs.length >= this.#max || jobs[0]?.alone) break;
    }
    return jobs;
  }
}
