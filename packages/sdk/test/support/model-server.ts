import type { FakeSocket } from "./fake-socket.ts";
import { chat, entry, type openLine, welcome } from "./line.ts";

const stream = `event:${chat}`;

/** The contract's realtime in a few lines: one stream, idempotent sends, and answers that leave when the test says. */
export class ModelServer {
  /** The `client_id` of the message that each entry reports; null for another entry. */
  readonly log: (string | null)[] = [];
  readonly #line: ReturnType<typeof openLine>;
  #socket: FakeSocket | undefined;
  #handled = 0;
  #cursor: number | undefined;
  #acks: { client_id: string; seq: number }[] = [];

  constructor(line: ReturnType<typeof openLine>) {
    this.#line = line;
  }

  append(): void {
    this.log.push(null);
  }

  /** Takes what has arrived, and lets at most `count` frames leave. */
  run(count: number): void {
    this.#accept();
    for (let left = count; left > 0 && this.#sendNext(); left--) this.#accept();
  }

  /** Says something again that the client has had. */
  repeat(back: number): void {
    const seq = (this.#cursor ?? 0) - back;
    if (seq > 0 && this.#socket) this.#socket.deliver(entry(stream, seq));
  }

  drop(code: number): void {
    this.#accept();
    this.#socket?.drop(code);
    this.#socket = undefined;
    this.#line.clock.advance(this.#line.clock.nextMs() ?? 0);
  }

  #accept(): void {
    if (this.#line.sockets.last() !== this.#socket) this.#greetNext();
    const socket = this.#socket;
    if (!socket) return;
    for (; this.#handled < socket.sent.length; this.#handled++) this.#take(socket.sent[this.#handled] ?? {});
  }

  #greetNext(): void {
    this.#socket = this.#line.sockets.last();
    this.#handled = 0;
    this.#cursor = undefined;
    this.#acks = [];
    this.#socket.open();
  }

  #take(frame: Record<string, unknown>): void {
    if (frame["type"] === "send") this.#store(String(frame["client_id"]));
    if (frame["type"] !== "hello") return;
    const resume = Object(frame["resume"] ?? {}) as Record<string, number>;
    this.#cursor = resume[stream] ?? this.log.length;
    this.#socket?.deliver(welcome({ [stream]: this.log.length }));
  }

  #store(client_id: string): void {
    if (!this.log.includes(client_id)) this.log.push(client_id);
    this.#acks.push({ client_id, seq: this.log.indexOf(client_id) + 1 });
  }

  #sendNext(): boolean {
    const ack = this.#acks.shift();
    if (ack) this.#socket?.deliver({ type: "ack", chat, ...ack });
    else if (this.#cursor !== undefined && this.#cursor < this.log.length) {
      this.#cursor++;
      this.#socket?.deliver(entry(stream, this.#cursor));
    } else return false;
    return true;
  }
}
