import type { EntryFrame, ServerFrame } from "@jarvis/contract";
import { JarvisError } from "../errors.ts";

/** Fetches what a stream is about. */
export interface Fetching<T> {
  fetch(): Promise<T>;
  /** The snapshot, and the frames of its stream that came since it was begun: one after another, in order. */
  done(snapshot: T, frames: readonly ServerFrame[]): void;
  /** It cannot be read: `code` says why. */
  refused(error: JarvisError): void;
  /** Waits before the next attempt; false where there is none. */
  retry(error: unknown, attempt: number): Promise<boolean>;
}

/** So many frames are held while a snapshot is fetched; beyond that it is fetched anew. */
const heldLimit = 10_000;

interface Loading {
  frames: ServerFrame[];
  /** What was fetched is from before something that no entry tells. */
  again: boolean;
}

/** Snapshots under way. The frames of their streams wait, so that none is lost between the two. */
export class Loader {
  readonly #loading = new Map<string, Loading>();
  readonly #waiting: (() => void)[] = [];
  readonly #atOnce: number;
  #running = 0;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  isLoading(stream: string): boolean {
    return this.#loading.has(stream);
  }

  /** True when the frame waits for a snapshot. */
  hold(stream: string, frame: ServerFrame): boolean {
    const loading = this.#loading.get(stream);
    if (loading === undefined) return false;
    loading.frames.push(frame);
    if (loading.frames.length > heldLimit) this.restart(stream);
    return true;
  }

  /** What is being fetched is too old already. */
  restart(stream: string): void {
    const loading = this.#loading.get(stream);
    if (loading === undefined) return;
    loading.again = true;
    loading.frames = [];
  }

  /** It is not wanted any more. */
  cancel(stream: string): void {
    this.#loading.delete(stream);
  }

  async load<T>(stream: string, fetching: Fetching<T>): Promise<void> {
    if (this.#loading.has(stream)) return this.restart(stream);
    const loading: Loading = { frames: [], again: false };
    this.#loading.set(stream, loading);
    await this.#turn();
    try {
      await this.#attempt(stream, loading, fetching);
    } finally {
      if (this.#loading.get(stream) === loading) this.#loading.delete(stream);
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  async #attempt<T>(stream: string, loading: Loading, fetching: Fetching<T>): Promise<void> {
    for (let attempt = 0; this.#loading.get(stream) === loading; attempt++) {
      loading.again = false;
      try {
        const snapshot = await fetching.fetch();
        if (this.#loading.get(stream) !== loading) return;
        if (loading.again) continue;
        this.#loading.delete(stream);
        return fetching.done(snapshot, loading.frames);
      } catch (error) {
        if (this.#loading.get(stream) !== loading) return;
        if (isRefusal(error)) return fetching.refused(error);
        if (!(await fetching.retry(error, attempt))) return;
      }
    }
  }

  async #turn(): Promise<void> {
    if (this.#running >= this.#atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
  }
}

function isRefusal(error: unknown): error is JarvisError {
  return error instanceof JarvisError && [401, 403, 404].includes(error.status);
}

export function changesMessage({ kind }: EntryFrame): boolean {
  return kind === "message_edited" || kind === "message_deleted";
}
