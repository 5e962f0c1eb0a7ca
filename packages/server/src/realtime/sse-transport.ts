import { closeCodes, realtimeLimits, type StreamId } from "@jarvis/contract";
import { type Clock, repeat, type Scheduled } from "../lib/clock.ts";
import type { Cursor } from "./cursor.ts";
import { factsOf } from "./frames.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Transport } from "./transport.ts";

/** What an event stream tells the connection above it. */
export interface StreamEvents {
  /** The reader has taken something. */
  drained(): void;
  /** Nothing more comes or goes; with a code where the server ended it. */
  ended(code: number | null): void;
  /** The last event has been written, and waits for a reader who may be slow. */
  closing(): void;
}

export interface SseOptions {
  readonly clock: Clock;
  readonly cursor: Cursor;
  readonly subscriptions: Subscriptions;
  /** When to come back, drawn anew each time it is said. */
  readonly retryMs: () => number;
  readonly events: StreamEvents;
}

/** Server-sent events: one for each frame, with a cursor where it moves one. */
export class SseTransport implements Transport {
  readonly body: ReadableStream<Uint8Array>;
  readonly #options: SseOptions;
  readonly #keepAlive: Scheduled;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  /** Until everything that was there at the beginning has been said, no single frame stands for all of it. */
  #isOpening = true;
  #isOver = false;

  constructor(options: SseOptions) {
    this.#options = options;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => options.events.drained(),
        cancel: () => this.#end(null),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: realtimeLimits.queueBytes }),
    );
    this.#keepAlive = repeat(options.clock, realtimeLimits.keepAliveMs, async () => {
      if (!this.#write(":\n\n")) this.terminate();
    });
    this.#write(`retry: ${options.retryMs()}\n\n`);
  }

  /** The connection is live: what it had to be told first has been written. */
  begun(): void {
    const { cursor } = this.#options;
    cursor.begun();
    this.#isOpening = false;
    // An id without data moves the reader's cursor and is no event to it.
    if (cursor.resumes && !this.#write(`id: ${cursor.encode()}\n\n`)) this.terminate();
  }

  send(text: string): number {
    const { type, heard } = factsOf(text);
    const { cursor } = this.#options;
    if (heard !== null) cursor.move(heard.stream, heard.seq);
    const stands = this.#isOpening ? type === "welcome" && !cursor.resumes : heard !== null;
    const id = stands ? `\nid: ${cursor.encode()}` : "";
    return this.#write(`event: ${type}\ndata: ${text}${id}\n\n`) ? 1 : 0;
  }

  /** To everybody who hears a topic. */
  deliver(text: string): void {
    if (!this.#isOver && this.send(text) === 0) this.terminate();
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

  getBufferedAmount(): number {
    return realtimeLimits.queueBytes - (this.#controller?.desiredSize ?? 0);
  }

  close(code: number, reason?: string): void {
    if (this.#isOver) return;
    const hint = reason === undefined ? {} : hintIn(reason);
    const retryMs = hint.retry_after_ms ?? this.#options.retryMs();
    this.#write(`event: end\nretry: ${retryMs}\ndata: ${JSON.stringify({ code, ...hint })}\n\n`);
    this.#controller?.close();
    this.#options.events.closing();
    this.#end(code);
  }

  terminate(): void {
    if (this.#isOver) return;
    // Nothing to say and nobody to say it to: an error without a value resets the connection and is not logged.
    this.#controller?.error();
    this.#end(closeCodes.tooSlow);
  }

  /** The client has gone. */
  gone(): void {
    this.#end(null);
  }

  /** False where too much waits already. A single frame may be larger than what is left. */
  #write(text: string): boolean {
    if (this.#isOver || this.getBufferedAmount() >= realtimeLimits.queueBytes) return false;
    this.#controller?.enqueue(Buffer.from(text));
    return true;
  }

  #end(code: number | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#keepAlive.cancel();
    this.#options.subscriptions.clear(this);
    this.#options.events.ended(code);
  }
}

/** A reason that is JSON says when to come back. */
function hintIn(reason: string): { retry_after_ms?: number } {
  const ms = /^\{"retry_after_ms":(\d+)\}$/.exec(reason)?.[1];
  return ms === undefined ? {} : { retry_after_ms: Number(ms) };
}
