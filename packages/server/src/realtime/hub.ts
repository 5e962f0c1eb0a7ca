import {
  closeCodes,
  type EventId,
  eventStream,
  type StreamId,
  type UserId,
  userStream,
} from "@jarvis/contract";
import type { BusMessage, EntryAppended } from "../bus/bus.ts";
import { isSignedOut, type Viewer } from "../call.ts";
import { namesOf } from "../chat/service.ts";
import type { Context } from "../context.ts";
import type { SocketCounts } from "../http/socket-metrics.ts";
import { Turns } from "../http/turns.ts";
import type { Backlog } from "../lib/backlog.ts";
import { BoundedMap } from "../lib/bounded-map.ts";
import { entriesAfter, epochOf } from "../streams/service.ts";
import { Admission } from "./admission.ts";
import { Channel, type ChannelHost, type Follower } from "./channel.ts";
import { comeBackMs, returnsPerSecond } from "./come-back.ts";
import { executeFrame } from "./commands.ts";
import { Delivery, type Topics } from "./delivery.ts";
import { Expiry } from "./expiry.ts";
import { FrameRate, frameRates } from "./frame-rate.ts";
import { FriendPresence } from "./friend-presence.ts";
import { Presence } from "./presence.ts";
import { type Entry, renderAll, renderAtOnce, type Rendered } from "./render.ts";
import { Newcomers } from "./newcomers.ts";
import { Recheck } from "./recheck.ts";
import { Repair } from "./repair.ts";
import { Online } from "./online.ts";
import { Outbox } from "./outbox.ts";
import { Pacer } from "./pacing.ts";
import { Pages } from "./pages.ts";
import { parseRow } from "./rows.ts";
import type { Command, Session, SessionHost } from "./session.ts";

/** People whose rate is remembered, also when they have just gone: coming back does not renew it. */
const maxRates = 10_000;
/** Greetings at one time, and how many connections may wait for theirs. */
export const greetings = { atOnce: 64, waiting: 4_096 };

/** Who is connected to this server, what they hear, and how what the bus says reaches them. */
export class Hub implements SessionHost, ChannelHost {
  readonly ctx: Context;
  readonly counts: SocketCounts;
  readonly epoch: Promise<string>;
  readonly presence: Presence;
  readonly friends: FriendPresence;
  readonly online: Online;
  readonly newcomers: Newcomers<Session>;
  readonly admission = new Admission<Session>(greetings.atOnce, greetings.waiting);
  /** An issuer may be slow to say who somebody is: only its own people wait for it. */
  readonly issuersAdmission = new Admission<Session>(greetings.atOnce, greetings.waiting);
  readonly pacer = new Pacer((streams) => this.#lookAt(streams));
  readonly pages: Pages;
  readonly turns: Turns;
  readonly outbox = new Outbox();
  signOuts = 0;
  /** Everybody is sent away, because the server is about to stop. */
  isDraining = false;
  readonly #topics: Topics;
  readonly #expiry: Expiry;
  readonly #delivery: Delivery;
  readonly #rates = new BoundedMap<UserId, FrameRate>(maxRates);
  readonly #users = new Map<UserId, Session[]>();
  readonly #channels = new Map<StreamId, Channel>();
  readonly #follows = new Map<StreamId, () => void>();
  readonly #recheck = new Recheck(this);
  readonly #repair: Repair;
  standingChanges = 0;

  constructor(ctx: Context, counts: SocketCounts, topics: Topics) {
    this.ctx = ctx;
    this.counts = counts;
    this.#topics = topics;
    this.#delivery = new Delivery(this, topics);
    this.epoch = epochOf(ctx);
    // Whoever says hello learns of the failure; until then nobody awaits it.
    this.epoch.catch((error: unknown) => ctx.log.error({ error }, "the epoch could not be read"));
    this.presence = new Presence(ctx, this);
    this.friends = new FriendPresence(ctx);
    this.online = new Online(ctx);
    this.#expiry = new Expiry(ctx, () => this.#sessions());
    this.newcomers = new Newcomers(ctx.clock);
    this.pages = new Pages(ctx);
    this.turns = new Turns(ctx.clock);
    this.#repair = new Repair(this);
  }

  get backlog(): Backlog {
    return this.ctx.backlog;
  }

  comeBackMs(): number {
    const { random } = this.ctx;
    if (this.isDraining) return comeBackMs(random, this.counts.connections, returnsPerSecond.restart);
    const others = this.admission.waiting + this.issuersAdmission.waiting + this.newcomers.size;
    return comeBackMs(random, others, returnsPerSecond.overload);
  }

  /** So many wait to be greeted, or have just come, that others should come later. */
  get isCrowded(): boolean {
    return this.admission.isCrowded || this.issuersAdmission.isCrowded || this.newcomers.isCrowded;
  }

  admissionFor(token: string | null): Admission<Session> {
    return token?.includes(".") ? this.issuersAdmission : this.admission;
  }

  admit(session: Session, viewer: Viewer): boolean {
    if (!this.ctx.connections.take(viewer.id)) return false;
    const sessions = this.#users.get(viewer.id) ?? [];
    sessions.push(session);
    this.#users.set(viewer.id, sessions);
    this.#expiry.expect(viewer);
    return true;
  }

  welcomed(session: Session, viewer: Viewer): void {
    this.online.arrived(session, viewer.id);
  }

  dismiss(session: Session): void {
    this.presence.drop(session);
    this.friends.drop(session);
    if (session.viewer === null) return;
    const { id } = session.viewer;
    this.online.left(session, id);
    this.ctx.connections.release(id);
    const others = this.sessionsOf(id).filter((other) => other !== session);
    if (others.length > 0) this.#users.set(id, others);
    else this.#users.delete(id);
  }

  rateOf(user: UserId): FrameRate | null {
    if (!this.ctx.config.rateLimits) return null;
    const rate = this.#rates.get(user) ?? new FrameRate(this.ctx.clock.monotonic(), frameRates.person);
    this.#rates.set(user, rate);
    return rate;
  }

  sessionsOf(user: UserId): readonly Session[] {
    return this.#users.get(user) ?? [];
  }

  retain(stream: StreamId, follower: Follower): Channel {
    const channel = this.#channels.get(stream) ?? this.#begin(stream);
    channel.followers.add(follower);
    return channel;
  }

  #begin(stream: StreamId): Channel {
    const channel = new Channel(stream, this);
    this.#channels.set(stream, channel);
    this.#follows.set(stream, this.ctx.bus.follow(stream));
    return channel;
  }

  release(channel: Channel, follower: Follower): void {
    channel.followers.delete(follower);
    channel.laggards.delete(follower);
    if (channel.followers.size > 0) return;
    this.#channels.delete(channel.stream);
    this.#follows.get(channel.stream)?.();
    this.#follows.delete(channel.stream);
    channel.end();
  }

  /** Who has not read what these streams brought goes on from the store. */
  #lookAt(streams: ReadonlySet<StreamId>): void {
    for (const stream of streams) {
      const channel = this.#channels.get(stream);
      if (channel === undefined) continue;
      for (const follower of channel.followers) follower.fallBehind(channel);
    }
  }

  execute(session: Session, viewer: Viewer, frame: Command): Promise<void> {
    return executeFrame(
      { ctx: this.ctx, presence: this.presence, friends: this.friends, session, viewer },
      frame,
    );
  }

  /** Hears what has been committed, in order; whatever needs a look-up waits in a queue of its own stream. */
  heard(message: BusMessage): void {
    this.pages.heard(message);
    switch (message.type) {
      case "entry":
        if (message.kind !== "message") this.#changed(message);
        return this.#channels.get(message.stream)?.announce(message);
      case "moved_elsewhere":
        return; // taken in by who keeps where people are, who then says `moved`
      case "online":
        return this.online.heardElsewhere(message.user, message.online);
      case "bus_gap":
        if (message.channels === null) {
          this.presence.doubtAll(this.#sessions());
          this.friends.doubtAll();
        }
        return this.#repair.gap(message.channels);
      case "member_joined":
        this.standingChanges++;
        this.online.changed(message.user);
        return this.#joined(message.event, message.user);
      case "member_left":
        this.standingChanges++;
        this.online.changed(message.user);
        return this.#left(message.event, message.user);
      case "signed_out":
        return this.#signedOut(message);
      case "share_changed":
        return this.friends.heard(message);
      case "moved":
        this.friends.heard(message);
        return this.presence.heard(message);
      case "sharing_changed":
      case "typing":
      case "read":
        return this.presence.heard(message);
    }
  }

  /** Before the entry is delivered: from then on nobody may be told what it takes from them. */
  #changed(entry: EntryAppended): void {
    this.online.heardEntry(entry);
    if (entry.kind === "block" || entry.kind === "event") this.presence.permissionsChanged();
    if (entry.kind === "profile") this.#renamed(entry.stream.slice("user:".length) as UserId); // a user's stream
  }

  /** What a person sends from now on carries their new name. */
  #renamed(user: UserId): void {
    if (this.sessionsOf(user).length === 0) return;
    namesOf(this.ctx.db.read, [user])
      .then((names) => {
        for (const session of this.sessionsOf(user)) session.rename(names.get(user));
      })
      .catch((error: unknown) => this.ctx.log.error({ error }, "a new name was not taken over"));
  }

  /** The entry that tells of it comes first. */
  #joined(event: EventId, user: UserId): void {
    if (this.sessionsOf(user).length === 0) return;
    for (const session of this.sessionsOf(user)) session.following?.changed();
    const told = this.#channels.get(userStream(user))?.settled() ?? Promise.resolve();
    void told.then(() => {
      for (const session of this.sessionsOf(user)) session.following?.joined(event);
    });
  }

  #left(event: EventId, user: UserId): void {
    this.presence.permissionsChanged();
    for (const session of this.sessionsOf(user)) this.left(session, event);
  }

  left(session: Session, event: EventId): void {
    session.following?.left(event);
    this.presence.unwatch(session, event);
  }

  #signedOut(message: { user: UserId; session: string | null }): void {
    this.signOuts++;
    for (const session of this.sessionsOf(message.user)) {
      const { viewer } = session;
      if (viewer !== null && isSignedOut(viewer, message)) session.close(closeCodes.unauthenticated);
    }
  }

  *#sessions(): Iterable<Session> {
    for (const sessions of this.#users.values()) yield* sessions;
  }

  async close(): Promise<void> {
    this.#expiry.close();
    await this.#repair.close();
    await this.online.close();
  }

  // ── What a repair asks ──────────────────────────────────────────────────────────────────────────────────────────

  channels(): Iterable<Channel> {
    return this.#channels.values();
  }

  channelOf(stream: StreamId): Channel | undefined {
    return this.#channels.get(stream);
  }

  users(): Iterable<UserId> {
    return this.#users.keys();
  }

  /** Also of who is greeted at this moment: what they were let in with may not hold any more. */
  async recheck(): Promise<void> {
    await this.#recheck.run();
    this.online.doubtAll();
  }

  // ── What a channel asks ─────────────────────────────────────────────────────────────────────────────────────────

  hasSubscribers(stream: StreamId): boolean {
    return this.#topics.subscriberCount(stream) > 0;
  }

  hasLaggards(stream: StreamId): boolean {
    return (this.#channels.get(stream)?.laggards.size ?? 0) > 0;
  }

  renderAtOnce(entry: Entry): Rendered | undefined {
    return renderAtOnce(entry);
  }

  renderAll(entries: readonly Entry[]): Promise<Rendered[]> {
    return renderAll(this.ctx, entries);
  }

  async readBetween(stream: StreamId, after: number, before: number): Promise<Entry[]> {
    const rows = await entriesAfter(this.ctx.db.read, stream, after, before - after - 1);
    return rows.filter(({ seq }) => seq < before).map(parseRow);
  }

  deliver(entry: Entry, rendered: Rendered): void {
    this.#delivery.deliver(entry, rendered);
  }

  abandon(channel: Channel, error: unknown): void {
    this.ctx.log.error({ error, stream: channel.stream }, "a stream could not be delivered");
    for (const session of this.#sessions()) if (session.following?.follows(channel)) session.interrupt(error);
  }

  /** To everybody who hears the event, except these people; with a key, to who is behind once they are not. */
  broadcastExcept(event: EventId, text: string, users: Iterable<UserId>, key?: string): void {
    const stream = eventStream(event);
    const except = new Set(users);
    this.#delivery.broadcastExcept(stream, text, except);
    const channel = this.#channels.get(stream);
    if (key === undefined || channel === undefined) return;
    for (const laggard of channel.laggards) if (!except.has(laggard.user)) laggard.keep(channel, key, text);
  }
}
