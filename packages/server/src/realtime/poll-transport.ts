import { closeCodes, realtimeLimits, type StreamId } from "@jarvis/contract";
import { AppError } from "../lib/app-error.ts";
import type { Cursor } from "./cursor.ts";
import { factsOf } from "./frames.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Transport } from "./transport.ts";

export interface PollOptions {
  readonly cursor: Cursor;
  readonly subscriptions: Subscriptions;
  /** Whether something that was missed is still to come. */
  readonly isCatchingUp: () => boolean;
  /** Whether the server takes leave of everybody. */
  readonly isDraining: () => boolean;
}

export interface Polled {
  /** Frames as text. */
  readonly frames: string[];
  readonly cursor: string;
}

/** One answer's worth of frames. What does not fit is left for the next poll: the cursor has not moved over it. */
export class PollTransport implements Transport {
  readonly answer: Promise<Polled>;
  readonly #options: PollOptions;
  readonly #answered = Promise.withResolvers<Polled>();
  readonly #frames: string[] = [];
  #bytes = 0;
  #hasNews = false;
  #hasBegun = false;
  /** It waits for no news any longer. */
  #isDue = false;
  #isEnding = false;
  #isOver = false;

  constructor(options: PollOptions) {
    this.#options = options;
    this.answer = this.#answered.promise;
    // Whoever is refused before they wait never looks at it.
    this.answer.catch(() => undefined);
  }

  /** The connection is live; `isDue` where it is not to wait for news. */
  begun(isDue: boolean): void {
    this.#options.cursor.begun();
    this.#hasBegun = true;
    this.#isDue ||= isDue;
    this.#look();
  }

  /** The time is over: with what there is, whether or not that is all. */
  expire(): void {
    this.#finish();
  }

  send(text: string): number {
    return this.#take(text, true);
  }

  sendState(text: string): number {
    return this.#take(text, false);
  }

  deliver(text: string): void {
    if (!this.#isOver && this.send(text) === 0) this.terminate();
  }

  #take(text: string, isNews: boolean): number {
    const { type, heard } = factsOf(text);
    const { cursor } = this.#options;
    // To whoever goes on, it says nothing that the cursor does not.
    if (type === "welcome" && cursor.resumes) return 1;
    if (this.#isOver || this.#isFull(text)) return 0;
    if (heard !== null) cursor.move(heard.stream, heard.seq);
    this.#frames.push(text);
    this.#bytes += Buffer.byteLength(text);
    this.#hasNews ||= isNews;
    this.#look();
    return 1;
  }

  #isFull(text: string): boolean {
    if (this.#frames.length === 0) return false;
    if (this.#frames.length >= realtimeLimits.pollFrames) return true;
    return this.#bytes + Buffer.byteLength(text) > realtimeLimits.queueBytes;
  }

  caughtUp(): void {
    this.#look();
  }

  /** What comes in one turn goes in one answer. */
  #look(): void {
    if (this.#isEnding || !this.#isReady()) return;
    this.#isEnding = true;
    setImmediate(() => {
      this.#isEnding = false;
      if (this.#isReady()) this.#finish();
    });
  }

  #isReady(): boolean {
    return this.#hasBegun && (this.#hasNews || this.#isDue) && !this.#options.isCatchingUp();
  }

  heardFrom(stream: StreamId, seq: number): void {
    this.#options.cursor.move(stream, seq);
  }

  subscribe(topic: string): void {
    if (!this.#isOver) this.#options.subscriptions.add(topic, this);
  }

  unsubscribe(topic: string): void {
    this.#options.subscriptions.delete(topic, this);
  }

  isSubscribed(topic: string): boolean {
    return this.#options.subscriptions.has(topic);
  }

  /** It is all taken at once; there is a limit to how much. */
  getBufferedAmount(): number {
    return 0;
  }

  close(code: number): void {
    if (code === closeCodes.unauthenticated) return this.#refuse(new AppError("unauthenticated"));
    if (this.#frames.length > 0 || this.#options.isDraining()) return this.#finish();
    this.#refuse(new AppError("unavailable", { retryAfterS: 1 }));
  }

  /** The answer is full. */
  terminate(): void {
    this.#finish();
  }

  #refuse(error: AppError): void {
    if (!this.#end()) return;
    this.#answered.reject(error);
  }

  #finish(): void {
    if (!this.#end()) return;
    this.#answered.resolve({ frames: this.#frames, cursor: this.#options.cursor.encode() });
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#options.subscriptions.clear(this);
    return true;
  }
}
