import type { Hub } from "../../../src/realtime/hub.ts";
import { Session } from "../../../src/realtime/session.ts";
import { ClientEnd } from "./client-end.ts";
import { ServerEnd } from "./server-end.ts";
import type { Line, Parcel, Tap } from "./line.ts";
import type { Topics } from "./topics.ts";

/**
 * One WebSocket between a connection of the SDK and a session of the server, on which nothing moves by itself: frames
 * wait in both directions until the history delivers them, or loses them.
 */
export class Wire implements Line {
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
  /** What becomes of an entry on its way down. */
  fault: () => "none" | "lost" | "twice" = () => "none";
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
      if ("text" in parcel) this.#arrive(parcel.text);
      else this.client.end(parcel.close);
    }
    this.server.taken();
  }

  #arrive(text: string): void {
    const isNumbered = /^\{"type":"(?:entry|skip)","stream":"event:/.test(text);
    const fault = isNumbered ? this.fault() : "none";
    if (fault === "lost") return;
    this.client.emit({ type: "message", data: text });
    if (fault === "twice" && !this.client.done) this.client.emit({ type: "message", data: text });
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
