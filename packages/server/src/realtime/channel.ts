import type { StreamId } from "@jarvis/contract";
import type { Entry, Rendered } from "./render.ts";

/** What a channel needs of its surroundings. */
export interface ChannelHost {
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

const unknown = -1;

/**
 * Live delivery of one stream on this server: every entry once, in the order of its number, whatever the bus does.
 * A repeat is ignored, a hole is filled from the store. It lives as long as a connection follows the stream.
 */
export class Channel {
  readonly stream: StreamId;
  /** Number of the entry delivered last: who has had all up to it may subscribe, in the same turn. */
  published = unknown;
  /** Number of the newest entry heard of. */
  announced = unknown;
  /** Entries up to this one are no longer kept. */
  pruned = 0;
  followers = 0;
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
    this.announced = entry.seq;
    if (this.#pumping === null && entry.seq === this.published + 1 && this.#deliverAtOnce(entry)) return;
    this.#queue.push(entry);
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
    for (const entry of await this.#host.readBetween(this.stream, this.published, seq + 1))
      this.announce(entry);
    await this.settled();
    if (this.published < seq) throw new Error(`${this.stream} has no entry ${seq}`);
  }

  #deliverAtOnce(entry: Entry): boolean {
    if (!this.#host.hasSubscribers(this.stream)) {
      this.published = entry.seq;
      return true;
    }
    const rendered = this.#host.renderAtOnce(entry);
    if (rendered === undefined) return false;
    this.published = entry.seq;
    try {
      this.#host.deliver(entry, rendered);
    } catch (error) {
      this.#host.abandon(this, error);
    }
    return true;
  }

  async #pump(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        const entries = await this.#withoutHoles(this.#queue.splice(0));
        const rendered = await this.#host.renderAll(entries);
        for (const [index, entry] of entries.entries()) {
          this.published = entry.seq;
          const form = rendered[index];
          if (form !== undefined && !this.#isOver) this.#host.deliver(entry, form);
        }
      }
    } catch (error) {
      this.#queue = [];
      this.published = this.announced;
      this.#host.abandon(this, error);
    } finally {
      this.#pumping = null;
    }
  }

  async #withoutHoles(entries: Entry[]): Promise<Entry[]> {
    const whole: Entry[] = [];
    let last = this.published;
    for (const entry of entries) {
      if (entry.seq > last + 1) whole.push(...(await this.#missing(last, entry.seq)));
      whole.push(entry);
      last = entry.seq;
    }
    return whole;
  }

  /** What the bus has not told of; all of it, or whoever listens has to come back and hear that it is not kept any more. */
  async #missing(after: number, before: number): Promise<Entry[]> {
    const missing = await this.#host.readBetween(this.stream, after, before);
    if (missing.length !== before - after - 1) throw new Error(`${this.stream} lacks entries after ${after}`);
    return missing;
  }
}
