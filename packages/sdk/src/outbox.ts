import { type ClientFrameInput, limits, type ServerFrame } from "@jarvis/contract";
import { type Deferred, deferred } from "./deferred.ts";
import type { Clock } from "./environment.ts";
import { JarvisError } from "./errors.ts";

export type SendFrame = Extract<ClientFrameInput, { type: "send" }>;
type AckFrame = Extract<ServerFrame, { type: "ack" }>;
type ErrorFrame = Extract<ServerFrame, { type: "error" }>;

/** A message that is stored durably: `seq` is its number in the chat. */
export interface Sent {
  seq: number;
  clientId: string;
}

interface Pending {
  readonly frame: SendFrame;
  readonly sent: Deferred<Sent>;
}

/** Codes after which the same frame may succeed a moment later. */
const passing = new Set(["too_many_requests", "unavailable"]);
const retryMs = 1_000;
/** So many chats may have a message under way: a server closes connections that send too fast. */
const chatsAtOnce = 16;

/**
 * Messages that the server has not acknowledged. Those of one chat leave in order, the next when the one before is
 * stored. After a reconnect the unacknowledged ones go out again under the same `client_id`, which the server
 * recognises: a message is stored once, however often it is sent.
 */
export class Outbox {
  readonly #chats = new Map<string, Pending[]>();
  /** Chats whose first message is under way. */
  readonly #flying = new Set<string>();
  readonly #transmit: (frame: SendFrame) => void;
  readonly #clock: Clock;
  readonly #limit: number;
  #size = 0;

  constructor(transmit: (frame: SendFrame) => void, clock: Clock, limit = 1_000) {
    this.#transmit = transmit;
    this.#clock = clock;
    this.#limit = limit;
  }

  add(frame: SendFrame): Promise<Sent> {
    const queue = this.#chats.get(frame.chat) ?? [];
    const same = queue.find((pending) => pending.frame.client_id === frame.client_id);
    if (same) return same.frame.text === frame.text ? same.sent.promise : refuse("client_id_reused");
    if (this.#size >= this.#limit) return refuse("limit_exceeded", "Too many messages wait to be sent");
    if (byteLength(JSON.stringify(frame)) > limits.frameBytes) return refuse("too_large");
    const sent = deferred<Sent>();
    queue.push({ frame, sent });
    this.#chats.set(frame.chat, queue);
    this.#size++;
    this.#launch();
    return sent.promise;
  }

  /** After a welcome: what was under way goes out again. */
  resend(): void {
    this.#flying.clear();
    this.#launch();
  }

  acknowledge({ chat, client_id, seq }: AckFrame): void {
    this.#settle(chat, client_id)?.sent.resolve({ seq, clientId: client_id });
  }

  /** True when the error was about a message from here. */
  refuse({ code, client_id, ref }: ErrorFrame): boolean {
    const id = client_id ?? ref;
    const chat = [...this.#chats].find(([, [first]]) => first?.frame.client_id === id)?.[0];
    if (chat === undefined || typeof id !== "string") return false;
    if (passing.has(code)) this.#clock.schedule(retryMs, () => this.#retry(chat, id));
    else this.#settle(chat, id)?.sent.reject(new JarvisError(code));
    return true;
  }

  abandon(error: Error): void {
    const all = [...this.#chats.values()].flat();
    this.#chats.clear();
    this.#flying.clear();
    this.#size = 0;
    for (const pending of all) pending.sent.reject(error);
  }

  #launch(): void {
    for (const [chat, [first]] of this.#chats) {
      if (this.#flying.size >= chatsAtOnce) return;
      if (first === undefined || this.#flying.has(chat)) continue;
      this.#flying.add(chat);
      this.#transmit(first.frame);
    }
  }

  #retry(chat: string, id: string): void {
    const first = this.#chats.get(chat)?.[0];
    if (first?.frame.client_id === id && this.#flying.has(chat)) this.#transmit(first.frame);
  }

  /** Takes the chat's first message out, if it is this one, and sends the next. */
  #settle(chat: string, id: string): Pending | undefined {
    const queue = this.#chats.get(chat);
    if (queue?.[0]?.frame.client_id !== id) return undefined;
    const settled = queue.shift();
    this.#size--;
    this.#flying.delete(chat);
    this.#chats.delete(chat);
    if (queue.length > 0) this.#chats.set(chat, queue); // behind the others, whose turn it is
    this.#launch();
    return settled;
  }
}

function refuse(code: string, detail?: string): Promise<never> {
  return Promise.reject(new JarvisError(code, { detail }));
}

export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
