import type { StreamId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { repeat, type Scheduled } from "../lib/clock.ts";
import { headsOf } from "../streams/service.ts";
import { Trouble } from "../streams/trouble.ts";
import type { Channel } from "./channel.ts";

interface Streams {
  readonly ctx: Context;
  channels(): Iterable<Channel>;
  channelOf(stream: StreamId): Channel | undefined;
  abandon(channel: Channel, error: unknown): void;
  /** Whoever is connected is asked for again: are they still signed in, may they still read what they hear. */
  recheck(): Promise<void>;
}

const streamsTogether = 250;
const againMs = 1_000;
/** While the bus is down, so long between two looks, and up to as much again. */
const pollMs = 2_000;
const lookMs = 1_500;

/** Sees to it that what the bus has not told is found in the store: at once where a gap is known, else within seconds. */
export class Repair {
  readonly #streams: Streams;
  readonly #trouble: Trouble;
  #wanted = new Set<StreamId>();
  #wantsAll = false;
  #working: Promise<void> | null = null;
  #isOver = false;
  #loops: Scheduled[] = [];
  #polledMs = 0;

  constructor(streams: Streams) {
    this.#streams = streams;
    this.#trouble = new Trouble(streams.ctx);
    const { ctx } = streams;
    if (ctx.bus.health() === "alone") return;
    this.#loops.push(repeat(ctx.clock, lookMs, () => this.#look()));
    this.#planPoll();
  }

  gap(channels: readonly StreamId[] | null): void {
    if (channels === null) this.#wantsAll = true;
    else for (const stream of channels) this.#wanted.add(stream);
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
    });
  }

  async close(): Promise<void> {
    this.#isOver = true;
    for (const loop of this.#loops) loop.cancel();
    await this.#working;
  }

  #planPoll(): void {
    const { clock, random, bus } = this.#streams.ctx;
    const delayMs = Math.floor(pollMs * (1 + random.fraction()));
    this.#loops[1] = clock.schedule(delayMs, () => {
      if (this.#isOver) return;
      if (bus.health() === "down") this.#doubtAll();
      this.#planPoll();
    });
  }

  /** Whatever is remembered anywhere on this node is forgotten, and this is told too. */
  #doubtAll(): void {
    this.#polledMs = this.#streams.ctx.clock.monotonic();
    this.#streams.ctx.bus.publish({ type: "bus_gap", channels: null });
  }

  async #look(): Promise<void> {
    const { ctx } = this.#streams;
    try {
      const isNews = await this.#trouble.look();
      if (isNews && !this.#isOver && ctx.clock.monotonic() - this.#polledMs >= againMs) this.#doubtAll();
    } catch (error) {
      ctx.log.warn({ error }, "whether other nodes could not be heard was not looked up");
    }
  }

  async #work(): Promise<void> {
    while (!this.#isOver && (this.#wantsAll || this.#wanted.size > 0)) {
      const isAll = this.#wantsAll;
      const streams = isAll ? [...this.#streams.channels()].map(({ stream }) => stream) : [...this.#wanted];
      this.#wanted.clear();
      this.#wantsAll = false;
      try {
        await this.#compareAll(streams);
        if (isAll) await this.#streams.recheck();
      } catch (error) {
        this.#streams.ctx.log.warn({ error }, "streams were not compared with the store");
        this.#again(isAll ? null : streams);
      }
    }
  }

  #again(channels: readonly StreamId[] | null): void {
    this.#streams.ctx.clock.schedule(againMs, () => {
      if (!this.#isOver) this.gap(channels);
    });
  }

  async #compareAll(streams: readonly StreamId[]): Promise<void> {
    for (let next = 0; next < streams.length && !this.#isOver; next += streamsTogether) {
      const heads = await headsOf(this.#streams.ctx.db.read, streams.slice(next, next + streamsTogether));
      await Promise.all([...heads.values()].map((head) => this.#compare(head)));
    }
  }

  async #compare(head: { id: StreamId; last_seq: number; pruned_seq: number }): Promise<void> {
    const channel = this.#streams.channelOf(head.id);
    if (channel === undefined) return;
    channel.learn(head);
    if (channel.published >= head.last_seq) return;
    try {
      await channel.reach(head.last_seq);
    } catch (error) {
      this.#streams.abandon(channel, error);
    }
  }
}
