import type { History } from "../../test/support/history.ts";
import type { Json } from "../../test/support/world.ts";

export interface ParticipantOptions {
  readonly url: string;
  readonly name: string;
  readonly token: string;
  readonly chat: string;
  /** Chance, to spread reconnects: in [0, 1). */
  readonly random: () => number;
  /** Over how long reconnects are spread where the server says nothing about it; 200 ms. */
  readonly spreadMs?: number;
  /** How long a connection may say nothing before it is given up; none: for ever. */
  readonly silenceMs?: number;
  /** What was refused because the store was away is sent again so much later; none: at the next connection. */
  readonly againMs?: number;
  /** Said after each welcome. */
  readonly wishes?: readonly object[];
  /** Every frame that is delivered. */
  readonly heard?: (frame: Json) => void;
}

/**
 * A person in one chat, as an app would be: reconnects, resumes, sends again what was not acknowledged, and keeps what
 * it was delivered.
 */
export class Participant {
  readonly seen: { seq: number; text: string }[] = [];
  readonly sends = new Map<string, History["sends"][number]>();
  /** Contradictions: a hole or repeat in the stream, another number for the same message. */
  readonly faults: string[] = [];
  /** From each loss of the connection until all was caught up, milliseconds. */
  readonly catchUpsMs: number[] = [];
  /** When a handshake succeeded. */
  readonly openedMs: number[] = [];
  codes: number[] = [];
  readonly #options: ParticipantOptions;
  readonly #stream: string;
  #epoch: string | undefined;
  #cursor: number | null = null;
  #head = 0;
  #lostMs: number | null = null;
  #socket: WebSocket | null = null;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;
  #count = 0;
  readonly #waiting = new Set<() => void>();

  constructor(options: ParticipantOptions) {
    this.#options = options;
    this.#stream = `event:${options.chat}`;
    this.#connect();
  }

  get isLive(): boolean {
    return this.#epoch !== undefined && this.#socket !== null && this.#lostMs === null;
  }

  get pending(): number {
    return [...this.sends.values()].filter(({ seq }) => seq === null).length;
  }

  /** Gives the text. */
  say(): string {
    const clientId = `${this.#options.name}-${this.#count++}`;
    const text = `text of ${clientId}`;
    this.sends.set(clientId, { clientId, text, seq: null });
    this.#send(clientId);
    return text;
  }

  /** Resolves once the predicate holds; asked whenever something arrives. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!holds()) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  leave(): void {
    this.#isOver = true;
    clearTimeout(this.#silence);
    this.#socket?.close();
  }

  #connect(): void {
    if (this.#isOver) return;
    const socket = new WebSocket(`${this.#options.url.replace("http", "ws")}/realtime`, "jarvis.v1");
    this.#socket = socket;
    socket.onopen = () => {
      this.openedMs.push(performance.now());
      socket.send(JSON.stringify(this.#hello()));
    };
    socket.onmessage = ({ data }) => this.#read(socket, String(data));
    socket.onclose = ({ code, reason }) => this.#lost(socket, code, reason);
    this.#listen(socket);
  }

  #hello(): object {
    const { token } = this.#options;
    if (this.#cursor === null) return { type: "hello", token };
    return { type: "hello", token, epoch: this.#epoch, resume: { [this.#stream]: this.#cursor } };
  }

  #listen(socket: WebSocket): void {
    const { silenceMs } = this.#options;
    if (silenceMs === undefined) return;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lost(socket, 0, ""), silenceMs);
  }

  #lost(socket: WebSocket, code: number, reason: string): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    socket.onopen = null;
    socket.close();
    this.codes.push(code);
    this.#lostMs ??= performance.now();
    const told = /"retry_after_ms":(\d+)/.exec(reason)?.[1];
    const { random, spreadMs = 200 } = this.#options;
    const waitMs = told === undefined ? 20 + random() * spreadMs : Number(told);
    if (!this.#isOver) setTimeout(() => this.#connect(), waitMs);
  }

  #read(socket: WebSocket, text: string): void {
    // One that was given up may still deliver what was held back: its successor has resumed already.
    if (socket !== this.#socket) return;
    this.#listen(socket);
    const frame: Json = JSON.parse(text);
    this.#options.heard?.(frame);
    if (frame.type === "welcome") this.#welcome(frame);
    if (frame.type === "error") this.#refused(frame);
    if (frame.type === "ack") this.#acknowledge(frame.client_id, frame.seq);
    if (frame.type === "entry" && frame.stream === this.#stream) this.#entry(frame);
    if (frame.type === "reset") this.faults.push(`${this.#options.name} was reset`);
    this.#caughtUp();
    for (const check of this.#waiting) check();
  }

  #welcome({ epoch, streams }: Json): void {
    this.#epoch = epoch;
    this.#head = streams[this.#stream];
    this.#cursor ??= this.#head;
    for (const { clientId, seq } of this.sends.values()) if (seq === null) this.#send(clientId);
    for (const wish of this.#options.wishes ?? []) this.#socket?.send(JSON.stringify(wish));
  }

  #send(clientId: string): void {
    if (this.#socket?.readyState !== WebSocket.OPEN || this.#epoch === undefined) return;
    const text = this.sends.get(clientId)?.text;
    this.#socket.send(JSON.stringify({ type: "send", chat: this.#options.chat, client_id: clientId, text }));
  }

  #refused({ code, client_id }: Json): void {
    const { againMs } = this.#options;
    if (code !== "unavailable" || client_id === undefined || againMs === undefined) return;
    setTimeout(() => this.sends.get(client_id)?.seq === null && this.#send(client_id), againMs);
  }

  #acknowledge(clientId: string, seq: number): void {
    const send = this.sends.get(clientId);
    if (send === undefined) return void this.faults.push(`an acknowledgement of "${clientId}"`);
    if (send.seq !== null && send.seq !== seq) this.faults.push(`${clientId} is ${send.seq} and ${seq}`);
    send.seq = seq;
  }

  #entry({ seq, kind, data }: Json): void {
    if (seq !== (this.#cursor ?? 0) + 1)
      this.faults.push(`${this.#options.name} had ${this.#cursor}, then ${seq}`);
    this.#cursor = seq;
    if (kind === "message") this.seen.push({ seq: data.message.seq, text: data.message.text });
  }

  #caughtUp(): void {
    if (this.#lostMs === null || this.#socket === null || (this.#cursor ?? 0) < this.#head) return;
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.catchUpsMs.push(performance.now() - this.#lostMs);
    this.#lostMs = null;
  }
}
