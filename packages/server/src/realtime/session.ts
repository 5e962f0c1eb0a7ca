import {
  closeCodes,
  type ClientFrame,
  type ErrorCode,
  type EventId,
  eventStream,
  realtimeLimits,
  type StreamId,
  userStream,
} from "@jarvis/contract";
import { authenticate } from "../accounts/service.ts";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { readableEvents } from "../events/service.ts";
import { logUnforeseen, toAppError } from "../http/errors.ts";
import type { SocketCounts } from "../http/socket-metrics.ts";
import { AppError } from "../lib/app-error.ts";
import type { Scheduled } from "../lib/clock.ts";
import { headsOf } from "../streams/service.ts";
import type { Channel } from "./channel.ts";
import { encode, encodeError, readFrame } from "./frames.ts";
import { FrameRate } from "./frame-rate.ts";
import { Replay } from "./replay.ts";

export type Socket = Bun.ServerWebSocket<Session>;
type Hello = Extract<ClientFrame, { type: "hello" }>;
type Resume = Extract<ClientFrame, { type: "resume" }>;
export type Command = Exclude<ClientFrame, Hello | Resume>;
export interface About {
  ref?: string | number | undefined;
  clientId?: string | undefined;
}

/** What a connection needs of the rest of realtime. */
export interface SessionHost {
  readonly ctx: Context;
  readonly counts: SocketCounts;
  readonly epoch: Promise<string>;
  /** How many sign-outs it has heard of. */
  readonly signOuts: number;
  /** Counts the connection among its user's; false when they have as many as are allowed. */
  admit(session: Session, viewer: Viewer): boolean;
  dismiss(session: Session): void;
  retain(stream: StreamId): Channel;
  release(channel: Channel): void;
  /** Does what a frame asks; whatever it throws is answered with an error frame. */
  execute(session: Session, viewer: Viewer, frame: Command): Promise<void>;
}

/** Every signed-in connection hears it: a socket that gave up its last topic would lose what is still queued for it. */
const everybody = "all";
/** Frames that may wait while the hello is being looked at. */
const maxWaiting = 100;
const unknownStart = -1;
const emptyHead = { last_seq: 0, pruned_seq: 0 };
const writableBytes = 64 * 1024;

/** One connection: new until its hello, then live until closed. Lean, because there are many and most are idle. */
export class Session {
  viewer: Viewer | null = null;
  watched: Set<EventId> | null = null;
  typedMs = Number.NEGATIVE_INFINITY;
  readonly #host: SessionHost;
  #socket: Socket | null = null;
  #state: "new" | "greeting" | "live" | "closed" = "new";
  #timer: Scheduled | null = null;
  #waiting: ClientFrame[] | null = null;
  #sameEpoch = false;
  /** Counts changes of what this person may read: what was looked up before one is looked up again. */
  #changes = 0;
  /** The streams that it follows, and the entry after which it hears each. */
  #channels: Channel[] = [];
  #starts: number[] = [];
  #replay: Replay | null = null;
  #drained: (() => void) | null = null;
  readonly #rate: FrameRate | null;

  constructor(host: SessionHost) {
    this.#host = host;
    this.#rate = host.ctx.config.rateLimits ? new FrameRate(host.ctx.clock.monotonic()) : null;
  }

  get isLive(): boolean {
    return this.#state === "live";
  }

  opened(socket: Socket): void {
    this.#socket = socket;
    this.#timer = this.#host.ctx.clock.schedule(realtimeLimits.helloMs, () => this.close(closeCodes.noHello));
  }

  received(message: string | Buffer): void {
    if (this.#state === "closed") return;
    this.#host.counts.framesIn++;
    if (this.#rate?.isExceeded(this.#host.ctx.clock.monotonic())) return this.close(closeCodes.tooFast);
    if (typeof message !== "string") return this.close(closeCodes.badFrame);
    const incoming = readFrame(message);
    if (incoming === "too_large") return this.close(closeCodes.frameTooLarge);
    if (incoming === "bad") return this.close(closeCodes.badFrame);
    if ("fault" in incoming) return this.#refuse(incoming.fault, incoming);
    this.#take(incoming.frame);
  }

  #refuse(fault: AppError, about: About & { type: unknown }): void {
    const wasNew = this.#state === "new";
    if (wasNew && about.type !== "hello") return this.close(closeCodes.unauthenticated);
    this.fail(fault, about);
    if (wasNew) this.close(closeCodes.badFrame);
  }

  #take(frame: ClientFrame): void {
    if (this.#state === "greeting") return this.#wait(frame);
    if (this.#state === "live") return this.#obey(frame);
    if (frame.type !== "hello") return this.close(closeCodes.unauthenticated);
    this.#state = "greeting";
    void this.#greet(frame).catch((error: unknown) => this.interrupt(error));
  }

  #wait(frame: ClientFrame): void {
    this.#waiting ??= [];
    if (this.#waiting.push(frame) > maxWaiting) this.close(closeCodes.tooFast);
  }

  #obey(frame: ClientFrame): void {
    const { viewer } = this;
    if (viewer === null) return;
    if (frame.type === "hello") return this.fail(new AppError("invalid_input"), frame);
    if (frame.type === "resume") return this.#resume(frame.streams, frame);
    const about = { ref: frame.ref, clientId: frame.type === "send" ? frame.client_id : undefined };
    void this.#host.execute(this, viewer, frame).catch((error: unknown) => this.fail(error, about));
  }

  async #greet(hello: Hello): Promise<void> {
    const viewer = await this.#signIn(hello);
    if (viewer === null) return;
    const epoch = await this.#host.epoch;
    await this.#followAll(viewer);
    if (this.#state !== "greeting") return;
    this.#sameEpoch = hello.epoch === epoch;
    this.#state = "live";
    this.#welcome(viewer, epoch, hello);
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const frame of waiting) this.#obey(frame);
  }

  async #signIn(hello: Hello): Promise<Viewer | null> {
    try {
      const viewer = await this.#authenticate(hello.token ?? null);
      if (this.#state !== "greeting") return null;
      if (!this.#host.admit(this, viewer)) throw new AppError("too_many_requests");
      this.viewer = viewer;
      this.#expire(viewer);
      return viewer;
    } catch (error) {
      this.fail(error, hello);
      this.close(closeCodeOf(toAppError(error).code));
      return null;
    }
  }

  /** A sign-out that came while the token was looked at may have been about it. */
  async #authenticate(token: string | null): Promise<Viewer> {
    for (;;) {
      const { signOuts } = this.#host;
      const viewer = await authenticate(this.#host.ctx, token);
      if (signOuts === this.#host.signOuts) return viewer;
    }
  }

  /** A session's 90 days are looked after by the hub; an ID token ends to the second. */
  #expire(viewer: Viewer): void {
    const { clock } = this.#host.ctx;
    this.#timer?.cancel();
    this.#timer =
      viewer.session === null
        ? clock.schedule(viewer.expiresMs - clock.now(), () => this.close(closeCodes.unauthenticated))
        : null;
  }

  /** Follows every stream that the person may read: the list, and where each stands, as of one moment. */
  async #followAll(viewer: Viewer): Promise<void> {
    const sql = this.#host.ctx.db.read;
    for (let seen = -1; seen !== this.#changes && this.#state === "greeting"; ) {
      seen = this.#changes;
      const events = await readableEvents(sql, viewer.id);
      if (this.#state !== "greeting" || seen !== this.#changes) continue;
      this.#releaseAll();
      const streams = [userStream(viewer.id), ...events.map(eventStream)];
      this.#channels = streams.map((stream) => this.#host.retain(stream));
      this.#starts = streams.map(() => unknownStart);
      const unknown = this.#channels.filter((channel) => !channel.isKnown).map(({ stream }) => stream);
      const heads = await headsOf(sql, unknown);
      for (const channel of this.#channels) channel.learn(heads.get(channel.stream) ?? emptyHead);
    }
  }

  #welcome(viewer: Viewer, epoch: string, { resume = {}, ref }: Hello): void {
    this.#socket?.subscribe(everybody);
    const streams = Object.fromEntries(this.#channels.map(({ stream, published }) => [stream, published]));
    this.send(
      encode({ type: "welcome", user: viewer.id, epoch, streams, ...(ref === undefined ? {} : { ref }) }),
    );
    for (const channel of this.#channels) {
      if (!Object.hasOwn(resume, channel.stream)) this.#begin(channel);
    }
    this.#resume(resume, { ref });
  }

  #begin(channel: Channel): void {
    this.startsAt(channel, channel.published);
    this.subscribe(channel);
  }

  #resume(points: Resume["streams"], about: About): void {
    for (const [stream, from] of Object.entries(points)) {
      const channel = this.#channels.find((followed) => followed.stream === stream);
      if (channel === undefined) this.fail(new AppError("not_found"), about);
      else this.#resumeOne(channel, from, about);
    }
    this.#runReplay();
  }

  #resumeOne(channel: Channel, from: number, about: About): void {
    if (!this.#sameEpoch || from > channel.announced || from < channel.pruned) return this.#reset(channel);
    const start = this.#starts[this.#channels.indexOf(channel)] ?? unknownStart;
    const isWaiting = this.#replay?.jobOf(channel) !== undefined;
    if (start !== unknownStart && from >= start) return;
    if (isWaiting) return this.fail(new AppError("in_progress"), about);
    if (start === unknownStart && from === channel.published) return this.#begin(channel);
    this.startsAt(channel, from);
    if (start === unknownStart) return this.#catchUp(channel, from);
    this.#socket?.unsubscribe(channel.stream);
    this.#catchUp(channel, from, { after: start, to: channel.published });
  }

  /** The client fetches afresh, and hears what comes from here on. */
  #reset(channel: Channel): void {
    this.#replay?.cancel(channel);
    this.send(encode({ type: "reset", stream: channel.stream, last_seq: channel.published }));
    this.#begin(channel);
  }

  #catchUp(channel: Channel, from: number | null, had: { after: number; to: number } | null = null): void {
    this.#replay ??= new Replay(this.#host.ctx, this);
    this.#replay.add(channel, from, had);
  }

  #runReplay(): void {
    void this.#replay?.run();
  }

  // ── What a replay asks of its connection ────────────────────────────────────────────────────────────────────────

  get user() {
    return (this.viewer as Viewer).id; // a replay begins after the hello
  }

  get isOpen(): boolean {
    return this.#state === "live";
  }

  subscribe(channel: Channel): void {
    this.#socket?.subscribe(channel.stream);
  }

  startsAt(channel: Channel, seq: number): void {
    const index = this.#channels.indexOf(channel);
    if (index >= 0) this.#starts[index] = seq;
  }

  lost(channel: Channel): void {
    const index = this.#channels.indexOf(channel);
    if (index >= 0) this.#forget(index);
  }

  writable(): Promise<void> {
    if (!this.isOpen || (this.#socket?.getBufferedAmount() ?? 0) < writableBytes) return Promise.resolve();
    return new Promise((resolve) => (this.#drained = resolve));
  }

  drained(): void {
    const resolve = this.#drained;
    this.#drained = null;
    resolve?.();
  }

  failed(error: unknown): void {
    this.interrupt(error);
  }

  /** An idle connection keeps nothing of its replay. */
  replayed(): void {
    this.#replay = null;
  }

  // ── What the hub tells it ───────────────────────────────────────────────────────────────────────────────────────

  hears(stream: StreamId): boolean {
    return this.#state === "live" && (this.#socket?.isSubscribed(stream) ?? false);
  }

  /** Sends to the others of a topic what this connection gets in another form, or not at all. */
  setAside(stream: StreamId): void {
    this.#socket?.unsubscribe(stream);
  }

  putBack(stream: StreamId): void {
    if (this.#state === "live") this.#socket?.subscribe(stream);
  }

  follows(channel: Channel): boolean {
    return this.#channels.includes(channel);
  }

  /** What this person may read has changed. */
  changed(): void {
    this.#changes++;
  }

  /** Something has become readable: it is heard from where it stands now. */
  joined(event: EventId): void {
    if (this.#state === "live") this.#follow(event, null);
  }

  /** It is no longer readable: not a frame of it after this. */
  left(event: EventId): void {
    this.#changes++;
    const index = this.#indexOf(event);
    if (index >= 0) this.#forget(index);
  }

  hearFrom(event: EventId, head: number): number {
    const index = this.#indexOf(event);
    if (index < 0) {
      this.#follow(event, head);
      return head;
    }
    const start = this.#starts[index] ?? unknownStart;
    const channel = this.#channels[index];
    if (start !== unknownStart || channel === undefined) return start;
    const job = this.#replay?.jobOf(channel);
    if (job !== undefined) job.cursor ??= head;
    this.#starts[index] = head;
    return head;
  }

  #indexOf(event: EventId): number {
    const stream = eventStream(event);
    return this.#channels.findIndex((channel) => channel.stream === stream);
  }

  #follow(event: EventId, from: number | null): void {
    if (this.#indexOf(event) >= 0) return;
    const channel = this.#host.retain(eventStream(event));
    this.#channels.push(channel);
    this.#starts.push(from ?? unknownStart);
    this.#catchUp(channel, from);
    this.#runReplay();
  }

  #forget(index: number): void {
    const [channel] = this.#channels.splice(index, 1);
    this.#starts.splice(index, 1);
    if (channel === undefined) return;
    this.#socket?.unsubscribe(channel.stream);
    this.#replay?.cancel(channel);
    this.#host.release(channel);
  }

  #releaseAll(): void {
    for (const channel of this.#channels) this.#host.release(channel);
    this.#channels = [];
    this.#starts = [];
  }

  // ── Sending and ending ──────────────────────────────────────────────────────────────────────────────────────────

  send(text: string): void {
    if (this.#state === "closed" || this.#socket === null) return;
    this.#host.counts.framesOut++;
    // Bun gives a full socket up only at its next frame: going on would leave a hole.
    if (this.#socket.send(text) === 0) this.#socket.terminate();
  }

  fail(error: unknown, about: About): void {
    const { code } = toAppError(error);
    if (code === "internal") logUnforeseen(this.#host.ctx.log, error, this.#host.ctx.random.id());
    this.send(encodeError(code, about));
  }

  /** What the client missed cannot be said: it comes back and resumes. */
  interrupt(error: unknown): void {
    if (this.#state === "closed") return;
    this.#host.ctx.log.error({ error }, "a connection was interrupted");
    this.close(closeCodes.restart);
  }

  close(code: number): void {
    if (this.#state === "closed") return;
    this.#end();
    this.#socket?.close(code);
  }

  /** The socket is gone, whoever ended it. */
  ended(): void {
    if (this.#state !== "closed") this.#end();
    this.#socket = null;
  }

  #end(): void {
    this.#state = "closed";
    this.#timer?.cancel();
    this.#timer = null;
    this.#waiting = null;
    for (const channel of this.#channels) this.#socket?.unsubscribe(channel.stream);
    this.#releaseAll();
    this.#host.dismiss(this);
    this.drained();
  }
}

function closeCodeOf(code: ErrorCode): number {
  if (code === "too_many_requests") return closeCodes.tooFast;
  return code === "unauthenticated" || code === "no_account"
    ? closeCodes.unauthenticated
    : closeCodes.restart;
}
