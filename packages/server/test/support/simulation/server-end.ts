import { realtimeLimits } from "@jarvis/contract";
import type { Transport } from "../../../src/realtime/transport.ts";
import type { Topics } from "./topics.ts";
import type { Line } from "./line.ts";

/** Bun's `ServerWebSocket` as a session uses it, with its ways: full queues drop, and publications wait for the turn. */
export class ServerEnd implements Transport {
  done = false;
  /** A frame did not fit: the socket has to end. */
  dropped = false;
  readonly #wire: Line;
  readonly #topics: Topics;
  readonly #own = new Set<string>();
  #batch: string[] = [];
  #wasFull = false;

  constructor(wire: Line, topics: Topics) {
    this.#wire = wire;
    this.#topics = topics;
  }

  /** What was published before leaves before. */
  send(text: string): number {
    this.flush();
    if (this.done) return 0;
    this.#wire.tap.serverSaid(this.#wire, text);
    return this.#enqueue(text);
  }

  #enqueue(text: string): number {
    if (this.done) return 0;
    if (this.getBufferedAmount() > realtimeLimits.queueBytes) {
      this.dropped = true;
      return 0;
    }
    if (!this.#wire.isCut && !this.#wire.client.done) this.#wire.down.push({ text });
    if (this.getBufferedAmount() === 0) return text.length;
    this.#wasFull = true;
    return -1;
  }

  getBufferedAmount(): number {
    if (this.#wire.weight === 0) return 0;
    let bytes = 0;
    for (const parcel of this.#wire.down) if ("text" in parcel) bytes += parcel.text.length;
    return bytes * this.#wire.weight;
  }

  subscribe(topic: string): void {
    if (this.done) return;
    this.#own.add(topic);
    this.#topics.add(topic, this);
  }

  unsubscribe(topic: string): void {
    if (!this.#own.delete(topic)) return;
    this.#topics.remove(topic, this);
    // As in uWebSockets: who gives up the last topic loses what is still in the batch.
    if (this.#own.size === 0) this.#batch = [];
  }

  isSubscribed(topic: string): boolean {
    return this.#own.has(topic);
  }

  /** To all others, as Bun's sockets do. */
  publish(topic: string, text: string): void {
    if (!this.done) this.#topics.publishExcept(topic, text, this);
  }

  /** What counts is when it was published: the turn in which it leaves is the same. */
  published(text: string): void {
    this.#wire.tap.serverSaid(this.#wire, text);
    this.#batch.push(text);
  }

  /** The end of a turn, or a frame that is sent directly. */
  flush(): void {
    const batch = this.#batch;
    this.#batch = [];
    for (const text of batch) {
      if (this.done) return;
      // The limit closes a socket at once where a publication exceeds it.
      if (this.#enqueue(text) === 0) this.terminate();
    }
  }

  close(code: number): void {
    if (this.done) return;
    this.flush();
    if (!this.#wire.isCut && !this.#wire.client.done) this.#wire.down.push({ close: code });
    this.end();
  }

  terminate(): void {
    if (this.done) return;
    this.#wire.cut();
    this.end();
  }

  end(): void {
    if (this.done) return;
    this.done = true;
    for (const topic of this.#own) this.#topics.remove(topic, this);
    this.#own.clear();
    this.#batch = [];
    this.#wire.up = [];
    this.#wire.tap.closed(this.#wire);
    this.#wire.session?.ended();
  }

  /** The peer has taken frames: once the queue is empty, the session hears that it may go on. */
  taken(): void {
    if (!this.#wasFull || this.done || this.#wire.down.length > 0) return;
    this.#wasFull = false;
    this.#wire.session?.drained();
  }
}
