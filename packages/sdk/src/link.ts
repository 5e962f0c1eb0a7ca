import { type ClientFrameInput, type ServerFrame, subprotocol } from "@jarvis/contract";
import type { Clock, Socket, SocketConstructor, SocketEvent } from "./environment.ts";

export interface LinkParts {
  readonly url: string;
  readonly WebSocket: SocketConstructor;
  readonly clock: Clock;
  /** What is said first, as soon as the socket is open. */
  readonly opening: readonly ClientFrameInput[];
  onFrame(frame: ServerFrame): void;
  /** Called once; 1006 where no close frame was seen. `reason` is what the server gave with its close. */
  onEnd(code: number, reason?: string): void;
}

const welcomeWithinMs = 15_000;
const pingEveryMs = 25_000;
const silentForMs = 60_000;
const abnormal = 1006;

/** One socket, from opening to its end. A peer that has gone silent is given up: its socket may stay open for hours. */
export class Link {
  readonly #parts: LinkParts;
  readonly #socket: Socket;
  #heardMs: number;
  #silence: { cancel(): void };
  #ping: { cancel(): void } | undefined;
  #ended = false;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#heardMs = parts.clock.monotonic();
    this.#socket = new parts.WebSocket(parts.url, subprotocol);
    this.#socket.addEventListener("open", () => this.#open());
    this.#socket.addEventListener("message", (event) => this.#message(event));
    this.#socket.addEventListener("close", (event) => this.#end(event.code ?? abnormal, event.reason));
    this.#socket.addEventListener("error", () => this.close(abnormal));
    this.#silence = parts.clock.schedule(welcomeWithinMs, () => this.close(abnormal));
  }

  /** Bytes that wait to leave. */
  get backlogBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(frame: ClientFrameInput): void {
    if (!this.#ended) this.#socket.send(JSON.stringify(frame));
  }

  /** Ends at once: on a dead network the close handshake would not come to an end. */
  close(code: number): void {
    if (this.#ended) return;
    this.#end(code);
    this.#socket.close();
  }

  #open(): void {
    for (const frame of this.#parts.opening) this.send(frame);
  }

  #message({ data }: SocketEvent): void {
    if (this.#ended) return;
    this.#heardMs = this.#parts.clock.monotonic();
    const frame = parseFrame(data);
    if (frame === undefined) return this.close(abnormal);
    if (frame.type === "welcome") this.#watchOver();
    this.#parts.onFrame(frame);
  }

  #watchOver(): void {
    this.#silence.cancel();
    this.#silence = this.#parts.clock.schedule(silentForMs, () => this.#checkSilence());
    this.#schedulePing();
  }

  #schedulePing(): void {
    this.#ping?.cancel();
    this.#ping = this.#parts.clock.schedule(pingEveryMs, () => {
      this.send({ type: "ping" });
      this.#schedulePing();
    });
  }

  #checkSilence(): void {
    const leftMs = this.#heardMs + silentForMs - this.#parts.clock.monotonic();
    if (leftMs <= 0) return this.close(abnormal);
    this.#silence = this.#parts.clock.schedule(leftMs, () => this.#checkSilence());
  }

  #end(code: number, reason?: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#silence.cancel();
    this.#ping?.cancel();
    this.#parts.onEnd(code, reason);
  }
}

/** Frames are trusted to have their type's form: they come from the server that was signed in to. */
function parseFrame(data: unknown): ServerFrame | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(data);
    const isFrame = typeof value === "object" && value !== null && "type" in value;
    return isFrame ? (value as ServerFrame) : undefined;
  } catch {
    return undefined; // not JSON: the link closes and is made anew
  }
}
