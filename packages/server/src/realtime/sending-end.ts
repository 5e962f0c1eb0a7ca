import { closeCodes, type StreamId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { SocketCounts } from "../http/socket-metrics.ts";
import type { Outbox } from "./outbox.ts";
import type { Transport } from "./transport.ts";

/** Beyond this nothing is replayed … */
const writableBytes = 64 * 1024;
/** … and beyond this nothing delivered live, so that together with a turn's worth it stays below what may be queued. */
const behindBytes = 96 * 1024;
/** A reader who takes longer to get there is not reading. */
const stalledMs = 20_000;

/** What the sending end of a connection needs. */
export interface EndHost {
  readonly ctx: Context;
  readonly counts: SocketCounts;
  readonly outbox: Outbox;
}

/** The sending end of a connection: what goes out over its transport, and how much the peer has still to take. */
export abstract class SendingEnd<H extends EndHost> {
  protected readonly host: H;
  protected transport: Transport | null = null;
  #drained: (() => void) | null = null;

  constructor(host: H) {
    this.host = host;
  }

  abstract get isLive(): boolean;
  protected abstract get isClosed(): boolean;
  abstract close(code: number): void;
  /** What the client missed cannot be said: it comes back and resumes. */
  abstract interrupt(error: unknown): void;

  subscribe(topic: string): void {
    if (this.isLive) this.transport?.subscribe(topic);
  }

  unsubscribe(topic: string): void {
    // What it had a right to be told until now is told until now.
    this.host.outbox.flush(this);
    this.transport?.unsubscribe(topic);
  }

  hears(topic: string): boolean {
    return this.isLive && (this.transport?.isSubscribed(topic) ?? false);
  }

  /** What is published through it reaches all others that hear the topic. */
  get canPublish(): boolean {
    return this.transport?.publish !== undefined;
  }

  publish(topic: string, text: string): void {
    this.transport?.publish?.(topic, text);
  }

  protected get queued(): number {
    return this.transport?.getBufferedAmount() ?? 0;
  }

  get isBehind(): boolean {
    return this.queued > behindBytes;
  }

  get isWritable(): boolean {
    return this.queued < writableBytes;
  }

  /** Sends what the task sends in one go. */
  together(task: () => void): void {
    this.host.outbox.flush(this);
    if (this.transport?.cork === undefined) task();
    else this.transport.cork(task);
  }

  writable(): Promise<void> {
    if (!this.isLive || this.isWritable) return Promise.resolve();
    const stalled = this.host.ctx.clock.schedule(stalledMs, () => this.close(closeCodes.tooSlow));
    const drained = new Promise<void>((resolve) => (this.#drained = resolve));
    return drained.finally(() => stalled.cancel());
  }

  drained(): void {
    if (!this.isClosed && !this.isWritable) return;
    const resolve = this.#drained;
    this.#drained = null;
    resolve?.();
  }

  /** As `send`, in one write with whatever else is posted to it in this commit. */
  post(text: string): void {
    if (!this.isClosed) this.host.outbox.post(this, text);
  }

  sendPosted(texts: readonly string[]): void {
    try {
      if (texts.length === 1 || this.transport?.cork === undefined) this.#writeAll(texts);
      else this.transport.cork(() => this.#writeAll(texts));
    } catch (error) {
      this.interrupt(error);
    }
  }

  #writeAll(texts: readonly string[]): void {
    for (const text of texts) this.#write(text);
  }

  send(text: string): void {
    this.host.outbox.flush(this);
    this.#write(text);
  }

  #write(text: string): void {
    const transport = this.transport;
    if (this.isClosed || transport === null) return;
    this.host.counts.framesOut++;
    // Bun gives a full socket up only at its next frame: going on would leave a hole. A transport may have ended by then.
    if (transport.send(text) === 0) transport.terminate();
  }

  sendState(text: string): void {
    const transport = this.transport;
    if (transport?.sendState === undefined) return this.send(text);
    this.host.outbox.flush(this);
    if (this.isClosed) return;
    this.host.counts.framesOut++;
    if (transport.sendState(text) === 0) transport.terminate();
  }

  heardFrom(stream: StreamId, seq: number): void {
    this.host.outbox.flush(this);
    this.transport?.heardFrom?.(stream, seq);
  }

  caughtUp(): void {
    this.host.outbox.flush(this);
    this.transport?.caughtUp?.();
  }

  sendAll(texts: readonly string[], isNews: boolean): void {
    this.together(() => {
      if (isNews) return this.#writeAll(texts); // nothing can be posted between: what was is flushed
      for (const text of texts) this.sendState(text);
    });
  }

  ping(): void {
    this.transport?.ping?.();
  }

  abandon(): void {
    this.transport?.terminate();
  }
}
