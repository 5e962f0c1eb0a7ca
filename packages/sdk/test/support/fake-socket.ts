import type { ServerFrame } from "@jarvis/contract";
import type { Socket, SocketConstructor, SocketEvent } from "../../src/environment.ts";

/** The server's end of a socket that exists only in memory. */
export class FakeSocket implements Socket {
  bufferedAmount = 0;
  readonly url: string;
  readonly sent: Record<string, unknown>[] = [];
  closed = false;
  /** The other end has closed it. */
  ended = false;
  readonly #listeners = new Map<string, (event: SocketEvent) => void>();

  constructor(url: string) {
    this.url = url;
  }

  addEventListener(type: string, listener: (event: SocketEvent) => void): void {
    this.#listeners.set(type, listener);
  }

  send(data: string): void {
    this.sent.push(JSON.parse(data) as Record<string, unknown>); // the client writes objects only
  }

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.#emit({ type: "open" });
  }

  deliver(...frames: ServerFrame[]): void {
    for (const frame of frames) this.#emit({ type: "message", data: JSON.stringify(frame) });
  }

  /** The server closes, or the network does. */
  drop(code = 1006, reason = ""): void {
    this.ended = true;
    this.#emit({ type: "close", code, reason });
  }

  sentOf(type: string): Record<string, unknown>[] {
    return this.sent.filter((frame) => frame["type"] === type);
  }

  #emit(event: SocketEvent): void {
    this.#listeners.get(event.type)?.(event);
  }
}

/** A `WebSocket` constructor whose sockets the test holds the other end of. */
export function fakeSockets(): { WebSocket: SocketConstructor; all: FakeSocket[]; last: () => FakeSocket } {
  const all: FakeSocket[] = [];
  class Recorded extends FakeSocket {
    constructor(url: string) {
      super(url);
      all.push(this);
    }
  }
  return {
    WebSocket: Recorded,
    all,
    last() {
      const socket = all.at(-1);
      if (!socket) throw new Error("no socket was opened");
      return socket;
    },
  };
}
