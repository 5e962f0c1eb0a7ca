import type { StreamId } from "@jarvis/contract";
import { Fifo } from "./fifo.ts";

export interface Job<R> {
  readonly run: R;
  /** It shares no transaction, and keeps its place among those that do. */
  readonly alone: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Units that append to one stream, in the order in which they came: those that wait go together. */
export class Lanes<R> {
  readonly #lanes = new Map<StreamId, Fifo<Job<R>>>();
  readonly #handle: (stream: StreamId, jobs: readonly Job<R>[]) => Promise<void>;
  readonly #max: number;

  /** `handle` settles each job, and does not throw. */
  constructor(max: number, handle: (stream: StreamId, jobs: readonly Job<R>[]) => Promise<void>) {
    this.#max = max;
    this.#handle = handle;
  }

  add(stream: StreamId, run: R, alone: boolean): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const job = { run, alone, resolve, reject };
      const lane = this.#lanes.get(stream);
      if (lane) return lane.push(job);
      const opened = new Fifo<Job<R>>();
      opened.push(job);
      this.#lanes.set(stream, opened);
      // Those that arrive in the same turn go along.
      queueMicrotask(() => void this.#drain(stream, opened));
    });
  }

  async #drain(stream: StreamId, lane: Fifo<Job<R>>): Promise<void> {
    while (lane.length > 0) await this.#handle(stream, this.#next(lane));
    this.#lanes.delete(stream);
  }

  #next(lane: Fifo<Job<R>>): Job<R>[] {
    const jobs: Job<R>[] = [];
    for (let job = lane.peek(); job && jobs.length < this.#max; job = lane.peek()) {
      if (job.alone && jobs.length > 0) break;
      jobs.push(job);
      lane.shift();
      if (job.alone) break;
    }
    return jobs;
  }
}
