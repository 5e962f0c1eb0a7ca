import type { ServerFrame } from "@jarvis/contract";
import { FakeSocket } from "./fake-socket.ts";

export const me = "u1";
export const chatId = "e1";
const stream = `event:${chatId}`;
const own = `user:${me}`;

interface Line {
  seq: number;
  kind: string;
  data: Record<string, unknown>;
}

interface Stored {
  seq: number;
  id: string;
  chat: string;
  author: { id: string; username: string };
  text: string;
  sent_ms: number;
  deleted?: true;
  client_id?: string;
}

interface Pending {
  path: string;
  method: string;
  body: Record<string, unknown>;
  resolve(response: Response): void;
}

/** The contract in small: one event, its chat, and one person; what it says leaves when the test says so. */
export class SmallServer {
  readonly messages: Stored[] = [];
  readonly lines: Line[] = [];
  readonly sockets: FakeSocket[] = [];
  readonly requests: string[] = [];
  /** Answers to calls wait until the test lets them go; else they leave at once. */
  held = false;
  marker = 0;
  uploads = 0;
  refuse: { path: RegExp; status: number; code: string; retryAfter?: string } | undefined;
  readonly #pending: Pending[] = [];
  #queue: ServerFrame[] = [];
  #socket: FakeSocket | undefined;
  #handled = 0;

  // ── What happens ──

  say(text: string, author = "u2", client_id?: string): number {
    const seq = this.messages.length + 1;
    const username = author === me ? "Me" : "Bob";
    const message: Stored = {
      seq,
      id: `m${seq}`,
      chat: chatId,
      author: { id: author, username },
      text,
      sent_ms: 0,
    };
    if (client_id !== undefined) message.client_id = client_id;
    this.messages.push(message);
    this.#append("message", () => ({ message: this.#seen(seq) }));
    return seq;
  }

  delete(seq: number): void {
    const message = this.messages[seq - 1];
    if (!message || message.deleted) return;
    Object.assign(message, { deleted: true, text: "" });
    this.#append("message_deleted", () => ({ message: this.#seen(seq) }));
  }

  #seen(seq: number): object {
    return { ...this.messages[seq - 1] };
  }

  #append(kind: string, data: () => Record<string, unknown>): void {
    const line = { seq: this.lines.length + 1, kind, data: data() };
    this.lines.push(line);
    if (this.#socket) this.#queue.push(this.#frame(line));
  }

  #frame({ seq, kind, data }: Line): ServerFrame {
    return { type: "entry", stream, seq, kind, data, at_ms: 0 };
  }

  // ── Sockets ──

  get WebSocket() {
    const { sockets } = this;
    return class extends FakeSocket {
      constructor(url: string) {
        super(url);
        sockets.push(this);
      }
    };
  }

  /** Takes what was sent, and lets so many frames leave. */
  run(count = Number.MAX_SAFE_INTEGER): void {
    this.#accept();
    for (let left = count; left > 0 && this.#queue.length > 0; left--) {
      const [frame] = this.#queue.splice(0, 1);
      if (frame) this.#socket?.deliver(frame);
      this.#accept();
    }
  }

  /** What was to leave is lost with the connection. */
  drop(code = 1006, reason?: string): void {
    this.#accept();
    const socket = this.#socket;
    this.#socket = undefined;
    this.#queue = [];
    socket?.drop(code, reason);
  }

  reset(): void {
    if (this.#socket) this.#queue.push({ type: "reset", stream, last_seq: this.lines.length });
  }

  /** Loses the next frame of a type, as a server must not: for acks, the connection has to break before the next. */
  lose(type: ServerFrame["type"]): void {
    const at = this.#queue.findIndex((frame) => frame.type === type);
    if (at >= 0) this.#queue.splice(at, 1);
  }

  first(type: ServerFrame["type"]): void {
    this.#accept();
    const at = this.#queue.findIndex((frame) => frame.type === type);
    if (at > 0) this.#queue.unshift(...this.#queue.splice(at, 1));
  }

  get waiting(): string[] {
    return this.#queue.map((frame) => (frame.type === "entry" ? frame.kind : frame.type));
  }

  #accept(): void {
    const newest = this.sockets.at(-1);
    if (newest !== undefined && newest !== this.#socket && !newest.closed) {
      if (newest.ended) return;
      this.#socket = newest;
      this.#handled = 0;
      this.#queue = [];
      newest.open();
    }
    const sent = this.#socket?.sent ?? [];
    for (; this.#handled < sent.length; this.#handled++) this.#take(sent[this.#handled] ?? {});
  }

  #take(frame: Record<string, unknown>): void {
    if (frame["type"] === "hello")
      return this.#welcome(Object(frame["resume"] ?? {}) as Record<string, number>);
    if (frame["type"] === "ping") this.#queue.push({ type: "pong" });
    if (frame["type"] === "read") this.#read(Number(frame["seq"]));
    if (frame["type"] !== "send") return;
    const client_id = String(frame["client_id"]);
    const seq =
      this.messages.find((message) => message.client_id === client_id)?.seq ??
      this.say(String(frame["text"]), me, client_id);
    this.#queue.push({ type: "ack", chat: chatId, client_id, seq });
  }

  #read(wanted: number): void {
    const seq = Math.max(this.marker, Math.min(wanted, this.messages.length));
    if (seq === this.marker) return;
    this.marker = seq;
    this.#queue.push({ type: "read", chat: chatId, user: me, seq });
  }

  #welcome(resume: Record<string, number>): void {
    const streams = { [own]: 0, [stream]: this.lines.length };
    this.#queue.push({ type: "welcome", user: me, epoch: "one", streams });
    const from = resume[stream] ?? this.lines.length;
    this.#queue.push(...this.lines.slice(from).map((line) => this.#frame(line)));
  }

  // ── Calls ──

  readonly fetch = (url: string, init: RequestInit): Promise<Response> => {
    const path = url.replace("http://jarvis.test", "");
    const method = init.method ?? "GET";
    this.requests.push(`${method} ${path.split("?")[0]}`);
    const body = typeof init.body === "string" ? (JSON.parse(init.body) as Record<string, unknown>) : {};
    return new Promise((resolve) => {
      this.#pending.push({ path, method, body, resolve });
      if (!this.held) this.answer();
    });
  };

  /** Answers so many of the calls that wait, as things are now. */
  answer(count = Number.MAX_SAFE_INTEGER): void {
    for (const call of this.#pending.splice(0, count))
      call.resolve(this.#answerTo(call.path, call.method, call.body));
  }

  #answerTo(path: string, method: string, body: Record<string, unknown>): Response {
    if (this.refuse?.path.test(path)) {
      const { status, code, retryAfter } = this.refuse;
      const headers: Record<string, string> = retryAfter === undefined ? {} : { "retry-after": retryAfter };
      return new Response(JSON.stringify({ code, status }), { status, headers });
    }
    return new Response(
      JSON.stringify({ response: this.#valueOf(path.split("?")[0] ?? "", method, body, path) }),
    );
  }

  #valueOf(path: string, method: string, body: Record<string, unknown>, whole: string): unknown {
    if (path === `/user/${me}`) return { id: me, username: "Me", schedule: [], version: 1 };
    if (path === `/user/${me}/friend_requests`) return { incoming: [], outgoing: [] };
    if (path === `/user/${me}/shares`) return { incoming: [], outgoing: [] };
    if (path === `/user/${me}/events`) return [this.#event()];
    if (path === `/event/${chatId}/photos`) return { id: `p${++this.uploads}`, width: 1, height: 1 };
    if (path === `/event/${chatId}`) return this.#event();
    if (path === `/event/${chatId}/sharing`) return { state: "off" };
    if (path === `/event/${chatId}/location_requests`) return { incoming: [], outgoing: [] };
    if (path === `/chat/${chatId}`) return this.#chat();
    if (path !== `/chat/${chatId}/messages`) return [];
    if (method === "GET") return this.messages.slice(-Number(/limit=(\d+)/.exec(whole)?.[1] ?? 50));
    const client_id = String(body["client_id"]);
    const known = this.messages.find((message) => message.client_id === client_id)?.seq;
    return this.#seen(known ?? this.say(String(body["text"]), me, client_id));
  }

  #event(): object {
    const person = { id: me, username: "Me", email: null, role: "owner", rsvp: "accepted", invitation: null };
    const times = { start_time: null, duration: "60", time_zone: "UTC", updated_ms: 0 };
    const core = {
      id: chatId,
      version: 1,
      name: "Dinner",
      description: "",
      status: "pending",
      capacity: null,
    };
    return { ...core, ...times, place: null, people: [person] };
  }

  #chat(): object {
    const unread = this.messages.filter(
      ({ seq, author, deleted }) => seq > this.marker && author.id !== me && !deleted,
    ).length;
    const read = this.marker > 0 ? { [me]: this.marker } : {};
    return { id: chatId, event: chatId, name: "", people: [], last_seq: this.messages.length, unread, read };
  }
}
