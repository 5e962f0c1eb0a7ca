import { realtimeLimits } from "@jarvis/contract";
import type { Socket, SocketEvent } from "../../../../sdk/src/environment.ts";
import type { Hub } from "../../../src/realtime/hub.ts";
import { Session } from "../../../src/realtime/session.ts";
import { ServerEnd } from "./server-end.ts";
import type { Topics } from "./topics.ts";

/** Hears what crosses a wire, when it is said. */
export interface Tap {
  clientSaid(wire: Wire, text: string): void;
  serverSaid(wire: Wire, text: string): void;
  closed(wire: Wire): void;
}

export type Parcel = { readonly text: string } | { readonly close: number };

/**
 * One WebSocket between a connection of the SDK and a session of the server, on which nothing moves by itself: frames
 * wait in both directions until the history delivers them, or loses them.
 */
export class Wire {
  readonly client: ClientEnd;
  readonly server: ServerEnd;
  /** The device that opened it. */
  readonly owner: number;
  readonly tap: Tap;
  up: Parcel[] = [];
  down: Parcel[] = [];
  /** What one byte weighs in the server's queue: a slow reader's fills with few frames. */
  weight = 0;
  isCut = false;
  session: Session | null = null;

  constructor(owner: number, tap: Tap, topics: Topics) {
    this.owner = owner;
    this.tap = tap;
    this.client = new ClientEnd(this);
    this.server = new ServerEnd(this, topics);
  }

  /** Nothing is left that could happen here. */
  get isOver(): boolean {
    return this.client.done && (this.session === null || this.server.done);
  }

  open(hub: Hub): void {
    if (this.session !== null || this.client.done || this.isCut) return;
    this.session = new Session(hub, null);
    this.session.opened(this.server);
    this.client.emit({ type: "open" });
  }

  deliverUp(count: number): void {
    for (let left = count; left > 0 && !this.server.done; left--) {
      const parcel = this.up.shift();
      if (parcel === undefined) return;
      if ("text" in parcel) this.session?.received(parcel.text);
      else this.server.end();
    }
  }

  deliverDown(count: number): void {
    for (let left = count; left > 0 && !this.client.done; left--) {
      const parcel = this.down.shift();
      if (parcel === undefined) break;
      if ("text" in parcel) this.client.emit({ type: "message", data: parcel.text });
      else this.client.end(parcel.close);
    }
    this.server.taken();
  }

  /** The network is gone: what was under way is lost, and neither end knows it yet. */
  cut(): void {
    this.isCut = true;
    this.up = [];
    this.down = [];
  }

  serverNotices(): void {
    if (this.isCut && this.session !== null) this.server.end();
  }

  clientNotices(): void {
    if (this.isCut && !this.client.done) this.client.end(1006);
  }
}

/** The standard `WebSocket` as the SDK uses it. */
export class ClientEnd implements Socket {
  done = false;
  readonly #wire: Wire;
  readonly #listeners = new Map<string, (event: SocketEvent) => void>();

  constructor(wire: Wire) {
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

export const queueLimit = realtimeLimits.queueBytes;
