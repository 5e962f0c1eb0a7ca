import { backoffMs } from "../backoff.ts";
import { type Clock, type Random, unixMs } from "../environment.ts";
import { JarvisError, JarvisNetworkError } from "../errors.ts";
import { retryDelayMs } from "../retry.ts";
import { type BrowserPosition, type Fix, type MadeFix, toFix } from "./fix.ts";

/** `paused` until `resume()`; `ended` for good. `code` says why, where the server did. */
export interface UploaderState {
  readonly is: "on" | "paused" | "ended";
  readonly code?: string;
}

export interface UploaderOptions {
  /** For everybody who may see where this person is: their own id. */
  user?: string;
  /** For this event's people alone. */
  event?: string;
  /** Unix milliseconds: nothing leaves after this, and the uploader ends; for instance `until_ms` of a consent. */
  untilMs?: number | null;
  /** What went wrong with one fix, and is no state: an input that the server did not take. */
  onError?: (error: unknown) => void;
}

export interface UploaderParts {
  readonly clock: Clock;
  readonly random: Random;
  upload(fix: MadeFix, signal: AbortSignal): Promise<unknown>;
}

/** What a server takes of one person. */
const everyMs = 1_000;
/** A call that hangs in a tunnel must not keep the next one waiting. */
const answerWithinMs = 15_000;
/** How soon to ask again whether the window of an event has opened. */
const earlyMs = 60_000;
const longestTimerMs = 2_000_000_000;

/**
 * Uploads where a person is, from any source: at most one fix a second and always the newest, which waits while there is
 * no network. Nothing is queued behind it, and nothing that was made before or during a pause leaves after it.
 */
export class LocationUploader {
  readonly #parts: UploaderParts;
  readonly #onError: (error: unknown) => void;
  readonly #untilMs: number;
  readonly #listeners = new Set<() => void>();
  #state: UploaderState = { is: "on" };
  #waiting: MadeFix | undefined;
  #newestS = Number.NEGATIVE_INFINITY;
  /** What was made before is not sent. */
  #fromMs = Number.NEGATIVE_INFINITY;
  #call: AbortController | undefined;
  #timer: { cancel(): void } | undefined;
  #end: { cancel(): void } | undefined;
  /** By the monotonic clock. */
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #failures = 0;

  constructor(parts: UploaderParts, options: Pick<UploaderOptions, "untilMs" | "onError"> = {}) {
    this.#parts = parts;
    this.#onError = options.onError ?? (() => {});
    this.#untilMs = options.untilMs ?? Number.POSITIVE_INFINITY;
    this.#awaitEnd();
  }

  get state(): UploaderState {
    return this.#state;
  }

  /** Calls `listener` after each change of the state; gives what ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Takes a position. False where it is not sent: in a pause, after the end, or because a newer one was there before. */
  push(position: BrowserPosition | Fix): boolean {
    const nowMs = unixMs(this.#parts.clock);
    if (nowMs >= this.#untilMs) this.close();
    const fix = toFix(position, nowMs);
    if (this.#state.is !== "on" || fix === null) return false;
    if (fix.at <= this.#newestS || fix.at * 1_000 < this.#fromMs) return false;
    this.#newestS = fix.at;
    this.#waiting = fix;
    this.#plan();
    return true;
  }

  /** From now on nothing leaves; what waits is forgotten. */
  pause(): void {
    this.#rest({ is: "paused" });
  }

  /** Goes on with what is made from now on. */
  resume(): void {
    if (this.#state.is !== "paused") return;
    this.#fromMs = unixMs(this.#parts.clock);
    this.#set({ is: "on" });
  }

  /** Ends it for good. */
  close(): void {
    this.#rest({ is: "ended" });
  }

  #rest(state: UploaderState): void {
    if (this.#state.is === "ended" || this.#state.is === state.is) return;
    this.#waiting = undefined;
    this.#call?.abort();
    this.#call = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (state.is === "ended") this.#end?.cancel();
    this.#set(state);
  }

  #set(state: UploaderState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }

  #awaitEnd(): void {
    const leftMs = this.#untilMs - unixMs(this.#parts.clock);
    if (leftMs <= 0) return this.close();
    if (leftMs === Number.POSITIVE_INFINITY) return;
    this.#end = this.#parts.clock.schedule(Math.min(leftMs, longestTimerMs), () => this.#awaitEnd());
  }

  #plan(): void {
    if (this.#call || this.#timer || !this.#waiting) return;
    const delayMs = this.#notBeforeMs - this.#parts.clock.monotonic();
    if (delayMs <= 0) return void this.#send(this.#waiting);
    this.#timer = this.#parts.clock.schedule(delayMs, () => {
      this.#timer = undefined;
      this.#plan();
    });
  }

  async #send(fix: MadeFix): Promise<void> {
    const { clock } = this.#parts;
    const call = new AbortController();
    this.#call = call;
    this.#waiting = undefined;
    this.#notBeforeMs = clock.monotonic() + everyMs;
    const timer = clock.schedule(answerWithinMs, () => {
      call.abort();
      this.#done(call, fix, new JarvisNetworkError("The server did not answer in time"));
    });
    const failure = await this.#parts.upload(fix, call.signal).then(
      () => null,
      (error: unknown) => ({ error }),
    );
    timer.cancel();
    this.#done(call, fix, failure?.error);
  }

  /** What was given up meanwhile is over already, whatever it answers. */
  #done(call: AbortController, fix: MadeFix, error: unknown): void {
    if (this.#call !== call) return;
    this.#call = undefined;
    if (error === undefined) this.#failures = 0;
    else this.#failed(error, fix);
    this.#plan();
  }

  #failed(error: unknown, fix: MadeFix): void {
    const { code, status } = error instanceof JarvisError ? error : { code: "", status: 0 };
    if (status === 429 || status >= 500 || error instanceof JarvisNetworkError)
      return this.#later(error, fix);
    if (status === 0 || status === 400) return this.#onError(error);
    if (code === "outside_window" && this.#untilMs !== Number.POSITIVE_INFINITY) return this.#wait(earlyMs);
    this.#rest({ is: code === "sharing_off" ? "paused" : "ended", code });
  }

  /** The fix waits, unless a newer one does. */
  #later(error: unknown, fix: MadeFix): void {
    this.#waiting ??= fix;
    const fraction = this.#parts.random.fraction();
    const failures = this.#failures++;
    const delayMs = retryDelayMs(error, true, failures, fraction) ?? backoffMs(failures, fraction);
    this.#wait(Math.max(everyMs, delayMs));
  }

  #wait(ms: number): void {
    this.#notBeforeMs = this.#parts.clock.monotonic() + ms;
  }
}
