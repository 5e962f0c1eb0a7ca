import type { StreamId } from "@jarvis/contract";
import { type Clock, pause, systemClock } from "../lib/clock.ts";
import type { Random } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import type { Bus, BusChannel, BusHealth, BusMessage, BusStats, SharedValues } from "./bus.ts";
import { channelOf, everywhere } from "./channels.ts";
import { decode, encodeMessage } from "./codec.ts";
import { Interests } from "./interests.ts";
import { type Link, openLink } from "./link.ts";
import { Listeners } from "./listeners.ts";
import { Outgoing } from "./outgoing.ts";
import { Probe, type ProbeTimes } from "./probe.ts";
import { Subscriber } from "./subscriber.ts";
import type { BusTarget } from "../lib/bus-target.ts";

/** One connection, from when it is tried until it is over. */
interface Attempt {
  isOver: boolean;
  readonly over: (reason: string) => void;
  readonly probe: Probe;
}

interface Surroundings {
  readonly log: Log;
  readonly random: Random;
}

export interface RedisBusOptions {
  readonly probe?: ProbeTimes;
  /** Between attempts to connect, at most; half of it at least. */
  readonly retryMs?: number;
  /** How connections are made; through ioredis unless a test knows better. */
  readonly open?: typeof openLink;
  /** How many characters may wait to be sent. */
  readonly maxChars?: number;
}

const usualProbe: ProbeTimes = { everyMs: 5_000, deadlineMs: 4_000 };
const usualRetryMs = 1_000;
/** Opening, subscribing and the first probe together. */
const openingMs = 15_000;
const prefix = "jarvis:";
const keptSeconds = 60;

/** The bus between nodes, through Valkey or Redis. Begins at once, and tells by `health` whether it is heard. */
export class RedisBus implements Bus {
  readonly values: SharedValues;
  readonly #target: BusTarget;
  readonly #log: Log;
  readonly #random: Random;
  readonly #retryMs: number;
  /** Of the network, whatever the clock says that the rest of the server goes by. */
  readonly #clock: Clock = systemClock;
  readonly #node: string;
  readonly #listeners: Listeners;
  readonly #interests: Interests;
  readonly #outgoing: Outgoing;
  readonly #probeTimes: ProbeTimes;
  readonly #openLink: typeof openLink;
  #subscriber: Subscriber | null = null;
  #link: Link | null = null;
  #health: "connected" | "down" = "down";
  #isClosed = false;
  #connects = 0;
  #received = 0;
  /** Ends the present connection, or attempt at one. */
  #giveUp: (reason: string) => void = () => undefined;

  constructor(target: BusTarget, { log, random }: Surroundings, options: RedisBusOptions = {}) {
    this.#target = target;
    this.#log = log;
    this.#random = random;
    this.#node = random.id();
    this.#retryMs = options.retryMs ?? usualRetryMs;
    this.#openLink = options.open ?? openLink;
    this.#probeTimes = options.probe ?? usualProbe;
    this.#listeners = new Listeners(log);
    this.#outgoing = new Outgoing(this.#node, options.maxChars);
    this.#interests = new Interests(this.#clock, (channel) => this.#subscriber?.changed(channel));
    this.#interests.take(prefix + everywhere);
    this.values = {
      keep: (keys) => this.#connected().keep(keys.map(withPrefix), keptSeconds),
      drop: (keys) => this.#connected().drop(keys.map(withPrefix)),
      which: async (keys) =>
        new Set((await this.#connected().which(keys.map(withPrefix))).map(withoutPrefix)),
    };
    void this.#run();
  }

  publish(message: BusMessage): void {
    this.#listeners.tell(message);
    const channel = channelOf(message);
    if (channel !== null) this.#send([channel], message);
  }

  tell(channels: readonly BusChannel[], message: BusMessage): void {
    this.#send(channels, message);
  }

  #send(channels: readonly string[], message: BusMessage): void {
    const text = encodeMessage(message);
    if (text !== null) for (const channel of channels) this.#outgoing.put(prefix + channel, text);
  }

  subscribe(listener: (message: BusMessage) => void): () => void {
    return this.#listeners.add(listener);
  }

  follow(channel: BusChannel): () => void {
    return this.#interests.take(prefix + channel);
  }

  health(): BusHealth {
    return this.#health;
  }

  stats(): BusStats {
    const { sent, lost } = this.#outgoing;
    return { sent, lost, received: this.#received, channels: this.#interests.size, connects: this.#connects };
  }

  async close(): Promise<void> {
    await this.#outgoing.settled();
    this.#isClosed = true;
    this.#interests.close();
    this.#giveUp("the server stops");
    this.#end();
  }

  /** Connection after connection. What was said between two of them is lost: whoever listens is told. */
  async #run(): Promise<void> {
    while (!this.#isClosed) {
      const reason = await this.#connectOnce();
      const wasConnected = this.#health === "connected";
      this.#end();
      if (this.#isClosed) return;
      if (wasConnected) {
        this.#log.warn({ reason }, "the bus is down");
        this.#listeners.tell({ type: "bus_gap", channels: null });
      } else this.#log.debug({ reason }, "the bus could not be reached");
      await pause(this.#clock, (this.#retryMs * (1 + this.#random.fraction())) / 2);
    }
  }

  /** Resolves, with why, when it is over. */
  async #connectOnce(): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#giveUp = resolve;
    const attempt = {
      isOver: false,
      over: resolve,
      probe: new Probe(this.#clock, this.#probeTimes, resolve),
    };
    const late = this.#clock.schedule(openingMs, () => resolve("connecting took too long"));
    this.#open(attempt).then(
      () => late.cancel(),
      (error: unknown) => resolve(String(error)),
    );
    const reason = await promise;
    late.cancel();
    attempt.isOver = true;
    attempt.probe.end();
    return reason;
  }

  async #open(attempt: Attempt): Promise<void> {
    const { probe, over } = attempt;
    const link = await this.#openLink(this.#target, {
      heard: (channel, text) => {
        if (attempt.isOver) return;
        if (probe.isOwn(channel)) probe.heard(channel, text);
        else this.#heard(text);
      },
      lost: over,
    });
    if (attempt.isOver) return link.close();
    this.#link = link;
    this.#subscriber = new Subscriber(link, this.#interests, {
      follows: (channels) => this.#follows(channels),
      failed: (error) => over(String(error)),
    });
    await this.#subscriber.begin();
    await probe.begin(link, await link.probes(`${prefix}probe:${this.#node}`));
    if (attempt.isOver) return;
    this.#health = "connected";
    this.#connects++;
    this.#outgoing.through((channel, text) => this.#speak(link, channel, text));
    this.#log.info({ connects: this.#connects }, "the bus is connected");
    this.#listeners.tell({ type: "bus_gap", channels: null });
  }

  async #speak(link: Link, channel: string, text: string): Promise<void> {
    try {
      await link.publish(channel, text);
    } catch (error) {
      if (link === this.#link) this.#giveUp(String(error));
      throw error;
    }
  }

  #end(): void {
    this.#health = "down";
    this.#outgoing.through(null);
    this.#subscriber = null;
    this.#giveUp = () => undefined;
    this.#link?.close();
    this.#link = null;
  }

  #heard(text: string): void {
    const { messages } = decode(text, this.#node);
    this.#received += messages.length;
    for (const message of messages) this.#listeners.tell(message);
  }

  /** What was said of these until now was not heard. */
  #follows(channels: readonly string[]): void {
    const streams = channels.map(withoutPrefix).filter((name) => /^(event|user):/.test(name)) as StreamId[]; // so named by `follow`
    if (streams.length > 0) this.#listeners.tell({ type: "bus_gap", channels: streams });
  }

  #connected(): Link {
    if (this.#link === null || this.#health === "down") throw new Error("the bus is down");
    return this.#link;
  }
}

function withPrefix(name: string): string {
  return prefix + name;
}

function withoutPrefix(name: string): string {
  return name.slice(prefix.length);
}
