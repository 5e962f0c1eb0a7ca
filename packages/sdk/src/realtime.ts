import { type ClientFrameInput, closeCodes, realtimeLimits, type ServerFrame } from "@jarvis/contract";
import { backoffMs } from "./backoff.ts";
import { type ResumePoint, resumeChunks } from "./cursors.ts";
import { deferred } from "./deferred.ts";
import type { Clock, Random, SocketConstructor } from "./environment.ts";
import { JarvisError, JarvisNetworkError } from "./errors.ts";
import { Inbox } from "./inbox.ts";
import { Link } from "./link.ts";
import { Outbox, type Sent } from "./outbox.ts";
import { hintedMs, retryAfterOf } from "./retry.ts";
import { Watched, type WatchTarget } from "./watched.ts";

/**
 * `connecting` → `live`; `waiting` before the next attempt; `paused` while the reader is too far behind; `closed` for
 * good, by `close()` or because the token is not (or no longer) valid.
 */
export type ConnectionState = "connecting" | "live" | "waiting" | "paused" | "closed";

export interface RealtimeOptions {
  /** Where an earlier connection stood: `connection.resumePoint`. Without it, everything is heard from now on. */
  resume?: ResumePoint;
  onState?: (state: ConnectionState) => void;
  /** Whose connection it is, where that is known: it ends with `forbidden` rather than go on as somebody else. */
  self?: string | undefined;
  /** How many frames may wait for the reader: 10,000 unless said otherwise. */
  queueLimit?: number;
}

export interface ConnectionParts {
  readonly url: string;
  readonly WebSocket: SocketConstructor;
  readonly clock: Clock;
  readonly random: Random;
  token(): string | null;
}

type Located = Omit<Extract<ClientFrameInput, { type: "location" }>, "type" | "ref">;

/** Positions and typing are last-value: behind this much unsent data a new one is not worth queuing. */
const presenceBacklogBytes = 64 * 1024;
/** A connection that breaks sooner counts as one more failure, so that no fault makes clients knock without pause. */
const stableMs = 5_000;
/** Read markers that may not have arrived when a connection breaks: the last few chats that were read. */
const markersKept = 32;
/** What a hello holds besides its token and the resume points. */
const helloBytes = 512;

/**
 * A realtime connection: made again when it breaks, and resumed where it stood. Iterate over it for the server's
 * frames; every entry of every stream comes exactly once and in order. A `reset` frame means that what lies before it
 * is not to be had as entries: fetch that event or profile over HTTP.
 *
 * It must be read: with `queueLimit` frames unread it pauses until the reader has caught up. `examples/follow-chat.ts`
 * reads one.
 */
export class Connection implements AsyncIterable<ServerFrame> {
  readonly #parts: ConnectionParts;
  readonly #onState: (state: ConnectionState) => void;
  readonly #inbox: Inbox;
  readonly #outbox: Outbox;
  readonly #live = deferred<void>();
  readonly #watched = new Watched();
  readonly #markers = new Map<string, number>();
  #self: string | undefined;
  #state: ConnectionState = "waiting";
  #link: Link | undefined;
  #retry: { cancel(): void } | undefined;
  #attempt = 0;
  #liveSinceMs: number | undefined;

  constructor(parts: ConnectionParts, options: RealtimeOptions = {}) {
    this.#parts = parts;
    this.#onState = options.onState ?? (() => {});
    this.#self = options.self;
    this.#inbox = new Inbox(options.resume, options.queueLimit ?? 10_000, () => this.#drained());
    this.#outbox = new Outbox((frame) => this.#sendLive(frame), parts.clock);
    this.#live.promise.catch(() => {}); // whoever waits for it hears of the failure
    this.#connect();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Where to resume after a restart of the application: what the reader has taken, not what merely arrived. */
  get resumePoint(): ResumePoint | null {
    return this.#inbox.resumePoint;
  }

  /** Waits for the first welcome: what happens after it, this connection hears. */
  untilLive(): Promise<void> {
    return this.#live.promise;
  }

  /**
   * Sends a chat message; resolves once it is stored durably, after reconnecting as often as needed. Give a `clientId`
   * that you keep yourself to be sure across restarts of the application too. At most 1,000 wait.
   */
  send(
    chat: string,
    text: string,
    options: { clientId?: string; replyTo?: number; photos?: string[] } = {},
  ): Promise<Sent> {
    if (this.#state === "closed") return Promise.reject(new JarvisNetworkError("The connection is closed"));
    const client_id = options.clientId ?? this.#parts.random.id();
    const reply = options.replyTo === undefined ? {} : { reply_to: options.replyTo };
    const photos = options.photos === undefined ? {} : { photos: options.photos };
    return this.#outbox.add({ type: "send", chat, client_id, text, ...reply, ...photos, ref: client_id });
  }

  /** Moves the own read marker to a message's number; said again after a reconnect. */
  read(chat: string, seq: number): void {
    if (seq <= (this.#markers.get(chat) ?? -1)) return;
    this.#markers.delete(chat);
    this.#markers.set(chat, seq);
    const [oldest] = this.#markers.keys();
    if (this.#markers.size > markersKept && oldest !== undefined) this.#markers.delete(oldest);
    this.#sendLive({ type: "read", chat, seq });
  }

  /** Asks for the positions of an event's people, or of a friend, from now on and after each reconnect. */
  watch(target: WatchTarget): void {
    this.#sendLive(this.#watched.add(target));
  }

  unwatch(target: WatchTarget): void {
    const frame = this.#watched.delete(target);
    if (frame) this.#sendLive(frame);
  }

  /** Says that the user is typing. False when it was dropped, because nothing can be sent just now. */
  typing(chat: string): boolean {
    return this.#sendPresence({ type: "typing", chat });
  }

  /** Uploads a fix. False when it was dropped, because nothing can be sent just now: the next one counts. */
  location(fix: Located): boolean {
    return this.#sendPresence({ type: "location", ...fix });
  }

  /** Ends the connection for good. Messages that were not acknowledged reject; what was received can still be read. */
  close(): void {
    this.#finish(null);
  }

  [Symbol.asyncIterator](): AsyncGenerator<ServerFrame, void, void> {
    return this.#inbox.frames();
  }

  #connect(): void {
    this.#setState("connecting");
    const opening = this.#opening();
    this.#link = new Link({
      url: this.#parts.url,
      WebSocket: this.#parts.WebSocket,
      clock: this.#parts.clock,
      opening,
      onFrame: (frame) => this.#receive(frame),
      onEnd: (code, reason) => this.#ended(code, reason),
    });
  }

  #opening(): ClientFrameInput[] {
    const token = this.#parts.token();
    const point = this.#inbox.received.snapshot();
    const [first = {}, ...later] = resumeChunks(point?.streams ?? {}, resumeBytes(token));
    this.#inbox.expectLate(later.flatMap((streams) => Object.keys(streams)));
    const resume = point ? { epoch: point.epoch, resume: first } : {};
    const hello: ClientFrameInput = { type: "hello", ...(token ? { token } : {}), ...resume, ref: "hello" };
    return [hello, ...later.map((streams) => ({ type: "resume" as const, streams, ref: "hello" }))];
  }

  #receive(frame: ServerFrame): void {
    if (frame.type === "pong") return;
    if (frame.type === "ack") return this.#outbox.acknowledge(frame);
    // What hello or resume was refused for shows in the welcome, or in the code with which the socket closes.
    if (frame.type === "error" && (frame.ref === "hello" || this.#outbox.refuse(frame))) return;
    if (frame.type === "welcome" && !this.#isOwn(frame.user)) return;
    const intake = this.#inbox.take(frame);
    if (intake === "full") this.#link?.close(closeCodes.tooSlow);
    else if (intake === "hole") this.#link?.close(closeCodes.restart);
    else if (frame.type === "welcome") this.#welcomed();
  }

  /** Somebody else's token: what one person has written does not leave in another's name. */
  #isOwn(user: string): boolean {
    this.#self ??= user;
    const isOwn = this.#self === user;
    if (!isOwn) this.#finish(new JarvisError("forbidden", { detail: "Somebody else is signed in now" }));
    return isOwn;
  }

  #welcomed(): void {
    this.#liveSinceMs = this.#parts.clock.monotonic();
    this.#setState("live");
    this.#live.resolve();
    for (const frame of this.#watched.frames()) this.#sendLive(frame);
    for (const [chat, seq] of this.#markers) this.#sendLive({ type: "read", chat, seq });
    this.#outbox.resend();
  }

  #ended(code: number, reason?: string): void {
    this.#link = undefined;
    if (this.#state === "closed") return;
    if (code === closeCodes.unauthenticated) return this.#finish(new JarvisError("unauthenticated"));
    if (code === closeCodes.restart || this.#livedMs() >= stableMs) this.#attempt = 0;
    this.#liveSinceMs = undefined;
    if (this.#inbox.isFull) return this.#setState("paused");
    this.#reconnectLater(retryAfterOf(reason));
  }

  #livedMs(): number {
    return this.#liveSinceMs === undefined ? 0 : this.#parts.clock.monotonic() - this.#liveSinceMs;
  }

  /** A server that says when to come back knows more than the backoff does. */
  #reconnectLater(hintMs?: number): void {
    const fraction = this.#parts.random.fraction();
    const ownMs = backoffMs(this.#attempt++, fraction);
    const delayMs = hintMs === undefined ? ownMs : hintedMs(hintMs, fraction);
    this.#setState("waiting");
    this.#retry = this.#parts.clock.schedule(delayMs, () => this.#connect());
  }

  #drained(): void {
    if (this.#state === "paused") this.#connect();
  }

  #finish(error: Error | null): void {
    if (this.#state === "closed") return;
    this.#setState("closed");
    this.#retry?.cancel();
    this.#link?.close(1000);
    this.#inbox.end(error);
    const reason = error ?? new JarvisNetworkError("The connection was closed");
    this.#outbox.abandon(reason);
    this.#live.reject(reason);
  }

  #sendLive(frame: ClientFrameInput): void {
    if (this.#state === "live") this.#link?.send(frame);
  }

  #sendPresence(frame: ClientFrameInput): boolean {
    if (this.#state !== "live" || !this.#link || this.#link.backlogBytes > presenceBacklogBytes) return false;
    this.#link.send(frame);
    return true;
  }

  #setState(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#onState(state);
  }
}

/** A long ID token leaves less room, but always some. */
function resumeBytes(token: string | null): number {
  return Math.max(1_024, realtimeLimits.frameBytes - helloBytes - (token?.length ?? 0));
}
