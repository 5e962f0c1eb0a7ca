import type { StreamId, UserId } from "@jarvis/contract";
import type { Backlog } from "../lib/backlog.ts";
import type { Pacer } from "./pacing.ts";
import type { Entry, Rendered } from "./render.ts";

/** What a channel needs of its surroundings. */
export interface ChannelHost {
  readonly pacer: Pacer;
  /** Entries that wait for delivery, of all channels. */
  readonly backlog: Backlog;
  /** True when somebody on this server hears the stream at this moment. */
  hasSubscribers(stream: StreamId): boolean;
  /** Sends an entry to everybody who hears the stream: at once, or never. */
  deliver(entry: Entry, rendered: Rendered): void;
  renderAtOnce(entry: Entry): Rendered | undefined;
  renderAll(entries: readonly Entry[]): Promise<Rendered[]>;
  /** Entries with numbers in (after, before). */
  readBetween(stream: StreamId, after: number, before: number): Promise<Entry[]>;
  /** Delivery has failed: whoever hears the stream must come back and resume. */
  abandon(channel: Channel, error: unknown): void;
}

/** A connection that follows the stream. */
export interface Follower {
  readonly user: UserId;
  /** What was broadcast while it was behind and is in no stream: of each key the newest is sent once it has caught up. */
  keep(channel: Channel, key: string, text: string): void;
  /** Where it has more than enough to read, it goes on from the store, at its own pace. */
  fallBehind(channel: Channel): void;
}

const unknown = -1;
/** Entries that wait as they were announced; more are read from the store when their turn comes. */
const maxQueued = 256;
/** Entries that are looked up together. */
const batchSize = 100;

/**
 * Live delivery of one stream on this server: every entry once, in the order of its number, whatever the bus does.
 * A repeat is ignored, a hole is filled from the store. It lives as long as a connection follows the stream.
 */
export class Channel {
  readonly stream: StreamId;
  readonly followers = new Set<Follower>();
  /** Those of them that go on from the store, because they did not keep up. */
  readonly laggards = new Set<Follower>();
  /** Number of the entry delivered last: who has had all up to it may subscribe, in the same turn. */
  published = unknown;
  /** Number of the newest entry heard of. */
  announced = unknown;
  /** Entries up to this one are no longer kept. */
  pruned = 0;
  readonly #host: ChannelHost;
  #queue: Entry[] = [];
  #pumping: Promise<void> | null = null;
  #isOver = false;

  constructor(stream: StreamId, host: ChannelHost) {
    this.stream = stream;
    this.#host = host;
  }

  get isKnown(): boolean {
    return this.published !== unknown;
  }

  /** The head as the store had it. Entries heard of meanwhile may have moved further already. */
  learn(head: { last_seq: number; pruned_seq: number }): void {
    this.pruned = Math.max(this.pruned, head.pruned_seq);
    if (this.isKnown) return;
    this.published = head.last_seq;
    this.announced = head.last_seq;
  }

  announce(entry: Entry): void {
    if (!this.isKnown) {
      // Nobody subscribes before the head is known, so nobody misses this.
      this.published = entry.seq;
      this.announced = entry.seq;
      return;
    }
    if (entry.seq <= this.announced) return;
    const isNext = this.#pumping === null && entry.seq === this.published + 1;
    if (isNext && this.#deliverAtOnce(entry)) return;
    this.#host.backlog.add(entry.seq - this.announced);
    this.announced = entry.seq;
    if (this.#queue.length < maxQueued) this.#queue.push(entry);
    this.#pumping ??= this.#pump();
  }

  /** Nobody follows it any more; whoever comes next gets a new one, which alone then delivers the stream. */
  end(): void {
    this.#isOver = true;
  }

  /** Resolves when all that was announced until now has been delivered. */
  async settled(): Promise<void> {
    await this.#pumping;
  }

  /** Resolves when the entry of this number has been delivered: the store may be ahead of the bus. */
  async reach(seq: number): Promise<void> {
    await this.settled();
    if (this.published >= seq) return;
    const entries = await this.#host.readBetween(this.stream, this.published, seq + 1);
    const missed = entries.filter((entry) => entry.seq > this.published);
    if (missed.length < seq - this.published) {
      if (this.#pumping !== null) return this.reach(seq);
      // The newest entries of a stream are always kept.
      if (missed.at(-1)?.seq === seq) return this.#jump(seq);
    }
    for (const entry of missed) this.announce(entry);
    await this.settled();
    if (this.published < seq) throw new Error(`${this.stream} has no entry ${seq}`);
  }

  /** What lies between is not kept any more: whoever hears the stream comes back, and is told so. */
  #jump(seq: number): void {
    this.#host.backlog.add(this.published - this.announced);
    this.#queue = [];
    this.announced = Math.max(this.announced, seq);
    this.published = this.announced;
    this.#host.abandon(this, new Error(`${this.stream} lacks entries before ${seq}`));
  }

  #deliverAtOnce(entry: Entry): boolean {
    if (!this.#host.hasSubscribers(this.stream)) {
      this.#hasPublished(entry);
      return true;
    }
    if (this.#host.pacer.isSpent) return false;
    const rendered = this.#host.renderAtOnce(entry);
    if (rendered === undefined) return false;
    this.#hasPublished(entry);
    try {
      this.#host.deliver(entry, rendered);
    } catch (error) {
      this.#host.abandon(this, error);
    }
    return true;
  }

  #hasPublished({ seq }: Entry): void {
    this.published = seq;
    this.announced = seq;
  }

  async #pump(): Promise<void> {
    try {
      while (this.published < this.announced) await this.#deliver(await this.#nextBatch());
    } catch (error) {
      this.#queue = [];
      this.#move(this.announced);
      this.#host.abandon(this, error);
    } finally {
      this.#pumping = null;
    }
  }

  async #deliver(entries: readonly Entry[]): Promise<void> {
    for (let rest = entries; rest.length > 0; ) rest = await this.#deliverSome(rest);
  }

  /** They go out as fast as the turns allow; gives those whose right to be told has ended meanwhile, and what follows. */
  async #deliverSome(entries: readonly Entry[]): Promise<readonly Entry[]> {
    const rendered = await this.#host.renderAll(entries);
    let done = 0;
    await this.#host.pacer.run(entries.length, (index) => {
      const [entry, form] = [entries[index], rendered[index]];
      // Whose channel is over hears nothing: what is left is only counted, or it would never end.
      if (entry === undefined || index > done || (!this.#isOver && form?.stands?.() === false)) return;
      done++;
      this.#move(entry.seq);
      if (form !== undefined && !this.#isOver) this.#host.deliver(entry, form);
    });
    return entries.slice(done);
  }

  #move(seq: number): void {
    this.#host.backlog.add(this.published - seq);
    this.published = seq;
  }

  /** The next entries, without a hole: of the queue, or where that has one, of the store. */
  async #nextBatch(): Promise<Entry[]> {
    const before = this.#queue[0]?.seq ?? this.announced + 1;
    if (before === this.published + 1) return this.#takeRun();
    return this.#missing(this.published, Math.min(before, this.published + 1 + batchSize));
  }

  #takeRun(): Entry[] {
    let length = 1;
    while (
      length < batchSize &&
      this.#queue[length]?.seq === (this.#queue[length - 1]?.seq ?? Number.NaN) + 1
    )
      length++;
    return this.#queue.splice(0, length);
  }

  /** What the bus has not told of; all of it, or whoever listens has to come back and hear that it is not kept any more. */
  async #missing(after: number, before: number): Promise<Entry[]> {
    const missing = await this.#host.readBetween(this.stream, after, before);
    if (missing.length !== before - after - 1) throw new Error(`${this.stream} lacks entries after ${after}`);
    return missing;
  }
}
