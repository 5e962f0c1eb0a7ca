import { type EventId, eventStream, type UserId, userStream } from "@jarvis/contract";
import { readableEvents } from "../events/service.ts";
import { AppError } from "../lib/app-error.ts";
import { headsOf } from "../streams/service.ts";
import type { Channel, Follower } from "./channel.ts";
import type { About, Beginning, ChannelPool, Connection } from "./connection.ts";
import { encode } from "./frames.ts";
import { eventsOf, tellMarkers } from "./markers.ts";
import { type Job, type Listener, Replay } from "./replay.ts";

interface Followed {
  readonly channel: Channel;
  /** The connection hears every entry after this one; unknown until its replay begins at the head. */
  start: number | null;
}

/** Up to which entry, and what beyond it. */
interface Heard {
  readonly cursor: number;
  readonly had: Job["had"];
}

const emptyHead = { last_seq: 0, pruned_seq: 0 };

/** The streams that one connection hears, and from where. */
export class Following implements Listener, Follower {
  readonly user: UserId;
  readonly #pool: ChannelPool;
  readonly #connection: Connection;
  #streams: Followed[] = [];
  #replay: Replay | null = null;
  #sameEpoch = false;
  /** How far the streams were heard that this connection may not read at the moment. */
  #stopped: Map<EventId, Heard> | null = null;
  /** What it will be told once it has caught up with these. */
  #kept: Map<Channel, Map<string, string>> | null = null;
  /** Counts changes of what this person may read: what was looked up before one is looked up again. */
  #changes = 0;
  /** Look-ups of what belongs to a resume and is in no stream. */
  #lookingUp = 0;

  constructor(pool: ChannelPool, connection: Connection, user: UserId) {
    this.#pool = pool;
    this.#connection = connection;
    this.user = user;
  }

  /**
   * Follows every stream that the person may read: the list, and where each stands, as of one moment. When that fails
   * it follows none: a connection that has ended meanwhile is not asked to let go of them a second time.
   */
  async followAll(): Promise<void> {
    try {
      for (let seen = -1; seen !== this.#changes; ) {
        seen = this.#changes;
        await this.#followReadable();
      }
    } catch (error) {
      this.releaseAll();
      throw error;
    }
  }

  async #followReadable(): Promise<void> {
    const sql = this.#pool.ctx.db.read;
    const events = await readableEvents(sql, this.user);
    this.releaseAll();
    const streams = [userStream(this.user), ...events.map(eventStream)];
    this.#streams = streams.map((stream) => ({ channel: this.#pool.retain(stream, this), start: null }));
    const channels = this.#streams.map(({ channel }) => channel);
    const heads = await headsOf(
      sql,
      channels.map(({ stream }) => stream),
    );
    for (const channel of channels) channel.learn(heads.get(channel.stream) ?? emptyHead);
    // What is stored by now is delivered before anybody begins there: it may lie in an absence of theirs.
    for (const channel of channels) {
      const { last_seq } = heads.get(channel.stream) ?? emptyHead;
      if (channel.published < last_seq) await channel.reach(last_seq);
    }
  }

  /** Where each stream stands; must be taken in the same turn as `begin`. */
  heads(): Record<string, number> {
    return Object.fromEntries(this.#streams.map(({ channel }) => [channel.stream, channel.published]));
  }

  /** Goes on from the resume points, and with the other streams from their heads. */
  begin({ resume: points, sameEpoch, resetsRest }: Beginning, about: About): void {
    this.#sameEpoch = sameEpoch;
    for (const followed of this.#streams) {
      if (!Object.hasOwn(points, followed.channel.stream))
        if (resetsRest) this.#reset(followed);
        else this.#goLive(followed);
    }
    this.resume(points, about);
  }

  resume(points: Record<string, number>, about: About): void {
    for (const [stream, from] of Object.entries(points)) {
      const followed = this.#streams.find(({ channel }) => channel.stream === stream);
      if (followed === undefined) this.#connection.fail(new AppError("not_found"), about);
      else this.#resumeOne(followed, from, about);
    }
    this.#runReplay();
    this.#tellMarkers(points);
  }

  #tellMarkers(points: Record<string, number>): void {
    const hears = (event: EventId) => this.#find(event) !== undefined;
    const events = eventsOf(Object.keys(points)).filter(hears);
    if (events.length === 0) return;
    this.#lookingUp++;
    void tellMarkers(this.#pool, this.#connection, { user: this.user, hears }, events).finally(() => {
      this.#lookingUp--;
      this.#tellWhenCaughtUp();
    });
  }

  /** Whether there is something that was missed and has not been sent yet. */
  get isCatchingUp(): boolean {
    return this.#replay !== null || this.#lookingUp > 0;
  }

  #tellWhenCaughtUp(): void {
    if (!this.isCatchingUp) this.#connection.caughtUp();
  }

  #resumeOne(followed: Followed, from: number, about: About): void {
    const { channel, start } = followed;
    // It waits for its turn behind other streams: whoever subscribed before its head is known would miss an entry.
    if (!channel.isKnown) return this.#connection.fail(new AppError("in_progress"), about);
    if (!this.#sameEpoch || from > channel.announced || from < channel.pruned) return this.#reset(followed);
    if (start === null && from === channel.published) return this.#goLive(followed);
    if (start !== null && from >= start) return;
    if (this.#replay?.jobOf(channel) !== undefined) {
      return this.#connection.fail(new AppError("in_progress"), about);
    }
    this.#start(followed, from);
    if (start === null) return this.#catchUp(channel, from);
    this.#connection.unsubscribe(channel.stream);
    this.#catchUp(channel, from, { after: start, to: channel.published });
  }

  /** The client fetches afresh, and hears what comes from here on. */
  #reset(followed: Followed): void {
    const { channel } = followed;
    this.#connection.send(
      encode({ type: "reset", stream: channel.stream, last_seq: Math.max(0, channel.published) }),
    );
    this.#goLive(followed);
  }

  #goLive(followed: Followed): void {
    this.#replay?.cancel(followed.channel);
    this.#start(followed, followed.channel.published);
    this.subscribe(followed.channel);
  }

  #start(followed: Followed, seq: number): void {
    followed.start = seq;
    this.#connection.heardFrom(followed.channel.stream, seq);
  }

  #catchUp(channel: Channel, from: number | null, had: Job["had"] = null): void {
    this.#replay ??= new Replay(this.#pool, this);
    this.#replay.add(channel, from, had);
  }

  #runReplay(): void {
    void this.#replay?.run();
  }

  /** What it has not read yet is enough to hold for it: it hears the rest from the store, once it has. */
  fallBehind(channel: Channel): void {
    if (!this.#connection.isBehind) return;
    const followed = this.#of(channel);
    if (followed === undefined || followed.start === null || this.#replay?.jobOf(channel)) return;
    this.#connection.unsubscribe(channel.stream);
    channel.laggards.add(this);
    this.#catchUp(channel, channel.published);
    this.#runReplay();
  }

  keep(channel: Channel, key: string, text: string): void {
    this.#kept ??= new Map();
    const kept = this.#kept.get(channel) ?? new Map<string, string>();
    this.#kept.set(channel, kept.set(key, text));
  }

  #sendKept(channel: Channel): void {
    if (!channel.laggards.delete(this)) return;
    for (const text of this.#kept?.get(channel)?.values() ?? []) this.#connection.send(text);
    this.#kept?.delete(channel);
  }

  follows(channel: Channel): boolean {
    return this.#of(channel) !== undefined;
  }

  #of(channel: Channel): Followed | undefined {
    return this.#streams.find((followed) => followed.channel === channel);
  }

  /** What this person may read has changed. */
  changed(): void {
    this.#changes++;
  }

  /** Something has become readable, unless its entry has opened it already. */
  joined(event: EventId): void {
    if (this.isOpen && this.#find(event) === undefined) this.#follow(event, null);
  }

  /** It is no longer readable: not a frame of it after this. */
  left(event: EventId): void {
    this.#changes++;
    const followed = this.#find(event);
    if (followed === undefined) return;
    this.#remember(event, followed);
    this.#forget(followed);
  }

  #remember(event: EventId, { channel, start }: Followed): void {
    const job = this.#replay?.jobOf(channel);
    const cursor = job === undefined ? channel.published : job.cursor;
    if (start === null || cursor === null) return;
    (this.#stopped ??= new Map()).set(event, { cursor, had: job?.had ?? null });
  }

  #find(event: EventId): Followed | undefined {
    const stream = eventStream(event);
    return this.#streams.find(({ channel }) => channel.stream === stream);
  }

  events(): EventId[] {
    return eventsOf(this.#streams.map(({ channel }) => channel.stream));
  }

  /** Goes on from where the connection stopped, so that its stream has no hole; otherwise from here. */
  #follow(event: EventId, from: number | null): number | null {
    const heard = this.#stopped?.get(event);
    const start = heard?.cursor ?? from;
    this.#stopped?.delete(event);
    const channel = this.#pool.retain(eventStream(event), this);
    const followed: Followed = { channel, start: null };
    this.#streams.push(followed);
    if (start !== null) this.#start(followed, start);
    this.#catchUp(channel, start, heard?.had);
    this.#runReplay();
    return start;
  }

  #forget(followed: Followed): void {
    const { channel } = followed;
    this.#streams.splice(this.#streams.indexOf(followed), 1);
    this.#connection.unsubscribe(channel.stream);
    this.#replay?.cancel(channel);
    this.#kept?.delete(channel);
    this.#pool.release(channel, this);
  }

  releaseAll(): void {
    for (const { channel } of this.#streams) this.#pool.release(channel, this);
    this.#streams = [];
  }

  // ── What a replay asks ──────────────────────────────────────────────────────────────────────────────────────────

  get isOpen(): boolean {
    return this.#connection.isLive;
  }

  send(text: string): void {
    this.#connection.send(text);
  }

  together(task: () => void): void {
    this.#connection.together(task);
  }

  get isWritable(): boolean {
    return this.#connection.isWritable;
  }

  writable(): Promise<void> {
    return this.#connection.writable();
  }

  subscribe(channel: Channel): void {
    this.#sendKept(channel);
    this.#connection.subscribe(channel.stream);
  }

  startsAt(channel: Channel, seq: number): void {
    const followed = this.#of(channel);
    if (followed !== undefined) this.#start(followed, seq);
  }

  lost(channel: Channel): void {
    const followed = this.#of(channel);
    if (followed === undefined) return;
    // Only events' streams are lost, and this one may come back: it then goes on from where it stopped.
    this.#remember(channel.stream.slice("event:".length) as EventId, followed);
    this.#forget(followed);
  }

  hearFrom(event: EventId, head: number): number {
    const followed = this.#find(event);
    if (followed === undefined) return this.#follow(event, head) ?? head;
    if (followed.start !== null) return this.#heardUpTo(followed.channel);
    this.#start(followed, head);
    this.#replay?.startAt(followed.channel, head);
    return head;
  }

  /** What of the stream this connection has had already comes before the entry that opens it again. */
  #heardUpTo(channel: Channel): number {
    const job = this.#replay?.jobOf(channel);
    return job?.cursor ?? channel.published;
  }

  failed(error: unknown): void {
    this.#connection.interrupt(error);
  }

  /** An idle connection keeps nothing of its replay. */
  replayed(): void {
    this.#replay = null;
    this.#tellWhenCaughtUp();
  }
}
