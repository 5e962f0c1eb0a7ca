import type { Link, LinkEvents } from "../../../src/bus/link.ts";
import { nextTurn } from "../../../src/lib/turn.ts";

interface Connection {
  readonly events: LinkEvents;
  readonly channels: Set<string>;
}

/** What a broker does with a message on its way to one listener: nothing of it may be relied on. */
export type Fate = (channel: string, text: string) => "deliver" | "lose" | "hold" | "refuse";

/** Stands in for Valkey in one process: what is published reaches whoever subscribed, unless a test has it otherwise. */
export class Broker {
  fate: Fate = () => "deliver";
  /** Refuses connections, and cuts those that are there. */
  isDown = false;
  published = 0;
  readonly #connections = new Set<Connection>();
  readonly #values = new Map<string, number>();
  #held: (() => void)[] = [];

  /** Gives up what stood, as a restart would. */
  cut(): void {
    for (const connection of this.#connections) {
      this.#connections.delete(connection);
      connection.events.lost("the broker was restarted");
    }
  }

  get held(): number {
    return this.#held.length;
  }

  /** What was held arrives now, the last first. */
  release(): void {
    for (const deliver of this.#held.splice(0).toReversed()) deliver();
  }

  subscribers(channel: string): number {
    return [...this.#connections].filter(({ channels }) => channels.has(`jarvis:${channel}`)).length;
  }

  readonly open = async (_: unknown, events: LinkEvents): Promise<Link> => {
    await nextTurn();
    if (this.isDown) throw new Error("the broker is down");
    const connection: Connection = { events, channels: new Set() };
    this.#connections.add(connection);
    const check = async () => {
      await nextTurn();
      if (!this.#connections.has(connection)) throw new Error("the connection is gone");
    };
    return {
      publish: async (channel, text) => {
        await check();
        this.#publish(channel, text);
      },
      subscribe: async (channels) => {
        await check();
        for (const channel of channels) connection.channels.add(channel);
      },
      unsubscribe: async (channels) => {
        await check();
        for (const channel of channels) connection.channels.delete(channel);
      },
      keep: async (keys, seconds) => {
        await check();
        for (const key of keys) this.#values.set(key, seconds);
      },
      drop: async (keys) => {
        await check();
        for (const key of keys) this.#values.delete(key);
      },
      which: async (keys) => {
        await check();
        return keys.filter((key) => this.#values.has(key));
      },
      probes: (name) => Promise.resolve([name]),
      close: () => this.#connections.delete(connection),
    };
  };

  /** As if nobody had said it again for a minute. */
  forgetValues(): void {
    this.#values.clear();
  }

  #publish(channel: string, text: string): void {
    const isProbe = channel.includes(":probe:");
    if (!isProbe && this.fate(channel, text) === "refuse") throw new Error("refused");
    this.published++;
    for (const connection of this.#connections) {
      if (!connection.channels.has(channel)) continue;
      const deliver = () => connection.events.heard(channel, text);
      const fate = isProbe ? "deliver" : this.fate(channel, text);
      if (fate === "deliver") deliver();
      else if (fate === "hold") this.#held.push(deliver);
    }
  }
}
