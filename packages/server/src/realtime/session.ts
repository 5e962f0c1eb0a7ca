import {
  closeCodes,
  type ClientFrame,
  type ErrorCode,
  type EventId,
  realtimeLimits,
  type UserId,
} from "@jarvis/contract";
import { authenticate } from "../accounts/service.ts";
import type { Viewer } from "../call.ts";
import { logUnforeseen, toAppError } from "../http/errors.ts";
import { AppError } from "../lib/app-error.ts";
import type { Scheduled } from "../lib/clock.ts";
import { nextTurn } from "../lib/turn.ts";
import type { About, ChannelPool, Connection } from "./connection.ts";
import { Following } from "./following.ts";
import { FrameRate } from "./frame-rate.ts";
import { encode, encodeError, readFrame } from "./frames.ts";
import type { Admission } from "./admission.ts";
import { comeBackReason } from "./come-back.ts";
import type { Pulse } from "./heartbeat.ts";
import type { Newcomers } from "./newcomers.ts";
import { type EndHost, SendingEnd } from "./sending-end.ts";
import type { Receiver } from "./outbox.ts";
import type { BeginningAt, Transport } from "./transport.ts";

type Hello = Extract<ClientFrame, { type: "hello" }>;
export type Command = Exclude<ClientFrame, { type: "hello" | "resume" }>;

/** What a connection needs of the rest of realtime. */
export interface SessionHost extends ChannelPool, EndHost {
  readonly epoch: Promise<string>;
  readonly newcomers: Newcomers<Session>;
  /** Where a connection with this token waits for its greeting. */
  admissionFor(token: string | null): Admission<Session>;
  /** How many sign-outs it has heard of. */
  readonly signOuts: number;
  /** Counts the connection among its user's; false when they have as many as are allowed. */
  admit(session: Session, viewer: Viewer): boolean;
  /** The connection has its welcome: whatever else it is told comes after that. */
  welcomed(session: Session, viewer: Viewer): void;
  dismiss(session: Session): void;
  /** The rate of all connections of this person; null where there is none. */
  rateOf(user: UserId): FrameRate | null;
  /** After how long a connection that is sent away should come back. */
  comeBackMs(): number;
  /** Does what a frame asks; whatever it throws is answered with an error frame. */
  execute(session: Session, viewer: Viewer, frame: Command): Promise<void>;
}

/** Every signed-in connection hears it: a socket that gave up its last topic would lose what is still queued for it. */
const everybody = "all";
/** Frames that may wait while the hello is being looked at. */
const maxWaiting = 100;
/** How long the last frames may take to leave. */
const lingerMs = 2_000;

/** One connection: new until its hello, then live until closed. Lean, because there are many and most are idle. */
export class Session extends SendingEnd<SessionHost> implements Connection, Pulse, Receiver {
  isHeard = true;
  viewer: Viewer | null = null;
  following: Following | null = null;
  watched: Set<EventId> | null = null;
  /** Friends whose position it asked for. */
  watchedPeople: Set<UserId> | null = null;
  /** When the store was last told that the session is in use. */
  usedMs = 0;
  typedMs = Number.NEGATIVE_INFINITY;
  readonly #rate: FrameRate | null;
  #usersRate: FrameRate | null = null;
  #state: "new" | "greeting" | "live" | "closed" = "new";
  #timer: Scheduled | null = null;
  #waiting: ClientFrame[] | null = null;
  /** What it waits to be admitted to. */
  #greeting: (() => Promise<void>) | null = null;
  /** Tells whoever has started it that it is over before it began. */
  #settled: (() => void) | null = null;
  #admission: Admission<Session> | null = null;
  /** Token of the cookie that came with the upgrade, for a hello without one. */
  #cookie: string | null;

  constructor(host: SessionHost, cookie: string | null) {
    super(host);
    this.#cookie = cookie;
    this.#rate = host.ctx.config.rateLimits ? new FrameRate(host.ctx.clock.monotonic()) : null;
  }

  get isLive(): boolean {
    return this.#state === "live";
  }

  protected get isClosed(): boolean {
    return this.#state === "closed";
  }

  opened(transport: Transport): void {
    this.transport = transport;
    this.host.newcomers.add(this);
    this.#timer = this.host.ctx.clock.schedule(realtimeLimits.helloMs, () => void this.#lateForHello());
  }

  /** Where we were busy, it may have come and not been read yet. */
  async #lateForHello(): Promise<void> {
    await nextTurn();
    await nextTurn();
    if (this.#state === "new") this.close(closeCodes.noHello);
  }

  /**
   * For a transport whose request has said who it is. Resolves once the connection is live, or closed already; throws
   * what the request is to be answered with.
   */
  start(transport: Transport, viewer: () => Promise<Viewer>, beginningAt: BeginningAt): Promise<void> {
    this.transport = transport;
    this.#state = "greeting";
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#settled = resolve;
    const greet = async (): Promise<void> => {
      const admitted = await this.#admit(viewer);
      if (admitted !== null) await this.#goLive(admitted, beginningAt);
      resolve();
    };
    const refuse = (error: unknown): void => {
      reject(error);
      this.ended();
    };
    if (!this.#awaitAdmission(null, () => greet().catch(refuse)))
      refuse(new AppError("unavailable", { retryAfterS: this.host.comeBackMs() / 1_000 }));
    return promise;
  }

  #awaitAdmission(token: string | null, greet: () => Promise<void>): boolean {
    this.#greeting = greet;
    this.#admission = this.host.admissionFor(token);
    return this.#admission.enter(this);
  }

  received(message: string | Buffer): void {
    if (this.#state === "closed") return;
    this.isHeard = true;
    this.host.counts.framesIn++;
    if (this.#isTooFast()) return this.close(closeCodes.tooFast);
    if (typeof message !== "string") return this.close(closeCodes.badFrame);
    const incoming = readFrame(message);
    if (incoming === "too_large") return this.close(closeCodes.frameTooLarge);
    if (incoming === "bad") return this.close(closeCodes.badFrame);
    if ("fault" in incoming) return this.#refuse(incoming.fault, incoming);
    this.#take(incoming.frame);
  }

  /** A ping or a pong of the protocol: answered below us, but not without limit. */
  pinged(): void {
    this.isHeard = true;
    if (this.#isTooFast()) this.close(closeCodes.tooFast);
  }

  #isTooFast(): boolean {
    if (this.#rate === null) return false;
    const nowMs = this.host.ctx.clock.monotonic();
    return this.#rate.isExceeded(nowMs) || (this.#usersRate?.isExceeded(nowMs) ?? false);
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
    this.#timer?.cancel();
    this.host.newcomers.delete(this);
    // From here on it waits because of us.
    const greet = () => this.#greet(frame).catch((error: unknown) => this.interrupt(error));
    if (!this.#awaitAdmission(frame.token ?? this.#cookie, greet)) this.close(closeCodes.restart);
  }

  admitted(): void {
    const greet = this.#greeting;
    this.#greeting = null;
    void greet?.().finally(() => this.#admission?.leave(this));
  }

  #wait(frame: ClientFrame): void {
    this.#waiting ??= [];
    if (this.#waiting.push(frame) > maxWaiting) this.close(closeCodes.tooFast);
  }

  #obey(frame: ClientFrame): void {
    const { viewer, following } = this;
    if (viewer === null || following === null) return;
    if (frame.type === "hello") return this.fail(new AppError("invalid_input"), frame);
    if (frame.type === "resume") return following.resume(frame.streams, frame);
    const about = { ref: frame.ref, clientId: frame.type === "send" ? frame.client_id : undefined };
    this.host.execute(this, viewer, frame).catch((error: unknown) => this.fail(error, about));
  }

  async #greet(hello: Hello): Promise<void> {
    const viewer = await this.#signIn(hello);
    if (viewer === null) return;
    const { resume = {}, ref } = hello;
    const beginningAt = (epoch: string) => ({ resume, sameEpoch: hello.epoch === epoch, resetsRest: false });
    await this.#goLive(viewer, beginningAt, ref);
  }

  async #goLive(viewer: Viewer, beginningAt: BeginningAt, ref?: string | number): Promise<void> {
    const following = new Following(this.host, this, viewer.id);
    this.following = following;
    const epoch = await this.host.epoch;
    await following.followAll();
    if (!this.#isGreeting()) return following.releaseAll();
    this.#state = "live";
    this.#welcome(viewer, following, epoch, beginningAt, ref);
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const frame of waiting) this.#obey(frame);
  }

  /** Asked anew after every wait: the connection may have been closed meanwhile. */
  #isGreeting(): boolean {
    return this.#state === "greeting";
  }

  #welcome(
    viewer: Viewer,
    following: Following,
    epoch: string,
    beginningAt: BeginningAt,
    ref?: string | number,
  ): void {
    this.subscribe(everybody);
    const streams = following.heads();
    const beginning = beginningAt(epoch, streams);
    this.send(
      encode({ type: "welcome", user: viewer.id, epoch, streams, ...(ref === undefined ? {} : { ref }) }),
    );
    following.begin(beginning, { ref });
    if (this.isLive) this.host.welcomed(this, viewer);
  }

  async #signIn(hello: Hello): Promise<Viewer | null> {
    try {
      const token = hello.token ?? this.#cookie;
      this.#cookie = null;
      return await this.#admit(() => authenticate(this.host.ctx, token));
    } catch (error) {
      this.fail(error, hello);
      this.close(closeCodeOf(toAppError(error).code));
      return null;
    }
  }

  /** Null where the connection was closed meanwhile. */
  async #admit(authenticated: () => Promise<Viewer>): Promise<Viewer | null> {
    const viewer = await this.#authenticate(authenticated);
    if (!this.#isGreeting()) return null;
    if (!this.host.admit(this, viewer)) throw new AppError("too_many_requests", { retryAfterS: 1 });
    this.viewer = viewer;
    this.usedMs = this.host.ctx.clock.now();
    this.#usersRate = this.host.rateOf(viewer.id);
    this.#expire(viewer);
    return viewer;
  }

  /** A sign-out that came while the token was looked at may have been about it. */
  async #authenticate(authenticated: () => Promise<Viewer>): Promise<Viewer> {
    for (;;) {
      const { signOuts } = this.host;
      const viewer = await authenticated();
      if (signOuts === this.host.signOuts) return viewer;
    }
  }

  /** A session's 90 days are looked after by the hub; an ID token ends to the second. */
  #expire(viewer: Viewer): void {
    const { clock } = this.host.ctx;
    this.#timer?.cancel();
    this.#timer =
      viewer.session === null
        ? clock.schedule(viewer.expiresMs - clock.now(), () => this.close(closeCodes.unauthenticated))
        : null;
  }

  rename(username: string | undefined): void {
    if (this.viewer !== null && username !== undefined) this.viewer = { ...this.viewer, username };
  }

  fail(error: unknown, about: About): void {
    const { code } = toAppError(error);
    if (code === "internal") logUnforeseen(this.host.ctx.log, error, this.host.ctx.random.id());
    this.send(encodeError(code, about));
  }

  /** What the client missed cannot be said: it comes back and resumes. */
  interrupt(error: unknown): void {
    if (this.#state === "closed") return;
    this.host.ctx.log.error({ error }, "a connection was interrupted");
    this.close(closeCodes.restart);
  }

  close(code: number): void {
    this.host.outbox.flush(this);
    if (this.#state === "closed") return;
    this.#end();
    const comesBack = code === closeCodes.restart || code === closeCodes.tooSlow;
    this.transport?.close(code, comesBack ? comeBackReason(this.host.comeBackMs()) : undefined);
    // What a peer does not read would keep it open.
    if (this.queued > 0) this.host.ctx.clock.schedule(lingerMs, () => this.transport?.terminate());
  }

  /** The socket is gone, whoever ended it. */
  ended(): void {
    if (this.#state !== "closed") this.#end();
    this.transport = null;
  }

  #end(): void {
    this.#state = "closed";
    this.#timer?.cancel();
    this.#timer = null;
    this.#waiting = null;
    this.#greeting = null;
    this.#settled?.();
    this.following?.releaseAll();
    this.host.outbox.drop(this);
    this.host.newcomers.delete(this);
    this.#admission?.leave(this);
    this.host.dismiss(this);
    this.drained();
  }
}

function closeCodeOf(code: ErrorCode): number {
  if (code === "too_many_requests") return closeCodes.tooFast;
  return code === "unauthenticated" || code === "no_account"
    ? closeCodes.unauthenticated
    : closeCodes.restart;
}
