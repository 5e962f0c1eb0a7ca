import type { Socket, SocketEvent } from "@jarvis/sdk";
import type { Line } from "./line.ts";

/** The standard `WebSocket` as the SDK uses it. */
export class ClientEnd implements Socket {
  done = false;
  readonly #wire: Line;
  readonly #listeners = new Map<string, (event: SocketEvent) => void>();

  constructor(wire: Line) {
    this.#wire = wire;
  }

  get bufferedAmount(): number {
    return 0;
  }

  addEventListener(type: string, listener: (event: SocketEvent) => void): void {
    this.#listeners.set(type, listener);
  }

  send(text: string): void {
    if (this.done) return;
    this.#wire.tap.clientSaid(this.#wire, text);
    if (!this.#wire.isCut) this.#wire.up.push({ text });
  }

  close(code = 1005): void {
    if (this.done) return;
    this.done = true;
    this.#wire.down = [];
    if (!this.#wire.isCut) this.#wire.up.push({ close: code });
  }

  end(code: number): void {
    this.done = true;
    this.#wire.down = [];
    if (!this.#wire.server.done) this.#wire.cut();
    this.emit({ type: "close", code });
  }

  emit(event: SocketEvent): void {
    this.#listeners.get(event.type)?.(event);
  }
}
