import { Cluster, Redis, type RedisOptions } from "ioredis";
import type { BusTarget } from "../lib/bus-target.ts";

/** Connections to Valkey, from when they stand until the first of them fails: then all are given up, and made anew. */
export interface Link {
  publish(channel: string, text: string): Promise<unknown>;
  subscribe(channels: readonly string[]): Promise<void>;
  unsubscribe(channels: readonly string[]): Promise<void>;
  /** Keeps each key for so many seconds. */
  keep(keys: readonly string[], seconds: number): Promise<void>;
  drop(keys: readonly string[]): Promise<void>;
  which(keys: readonly string[]): Promise<string[]>;
  /** Channels of this name that between them lie on every server, so that what is heard on all proves all connections. */
  probes(name: string): Promise<string[]>;
  close(): void;
}

export interface LinkEvents {
  heard(channel: string, text: string): void;
  /** May be called more than once. */
  lost(reason: string): void;
}

const connectMs = 4_000;
/** A command that takes longer has met a connection that nothing comes through any more. */
const commandMs = 4_000;

export function openLink(target: BusTarget, events: LinkEvents): Promise<Link> {
  return target.kind === "cluster" ? openCluster(target, events) : openSingle(target, events);
}

function optionsOf({ tls, username, password }: BusTarget): RedisOptions {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: {} } : {}),
    connectTimeout: connectMs,
    commandTimeout: commandMs,
    // Whatever fails is made anew by whoever opened it: what was missed meanwhile has to be known.
    retryStrategy: () => null,
    autoResubscribe: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    lazyConnect: true,
  };
}

async function openSingle(target: BusTarget, events: LinkEvents): Promise<Link> {
  const [node = { host: "localhost", port: 6379 }] = target.nodes;
  const options = { ...optionsOf(target), ...node, db: target.db };
  const [speaker, listener] = [new Redis(options), new Redis(options)];
  const close = () => {
    speaker.disconnect();
    listener.disconnect();
  };
  for (const client of [speaker, listener]) {
    client.on("error", (error: Error) => events.lost(error.message));
    client.on("end", () => events.lost("the connection ended"));
  }
  listener.on("message", (channel: string, text: string) => events.heard(channel, text));
  try {
    await Promise.all([speaker.connect(), listener.connect()]);
  } catch (error) {
    close();
    throw error;
  }
  return {
    publish: (channel, text) => speaker.publish(channel, text),
    subscribe: async (channels) => void (await listener.subscribe(...channels)),
    unsubscribe: async (channels) => void (await listener.unsubscribe(...channels)),
    ...valuesOf(speaker),
    probes: (name) => Promise.resolve([name]),
    close,
  };
}

/** Sharded: what is said of a stream passes through the one server that its name falls to. */
async function openCluster(target: BusTarget, events: LinkEvents): Promise<Link> {
  const { retryStrategy: _, ...redisOptions } = optionsOf(target);
  const cluster = new Cluster([...target.nodes], {
    redisOptions,
    shardedSubscribers: true,
    enableOfflineQueue: false,
    lazyConnect: true,
    clusterRetryStrategy: () => null,
    slotsRefreshTimeout: connectMs,
  });
  // A server that is gone makes the client try again without a pause: it is given up at the first sign.
  for (const sign of ["error", "node error", "-node", "end"])
    cluster.on(sign, (error?: unknown) =>
      events.lost(error instanceof Error ? error.message : `the cluster changed (${sign})`),
    );
  cluster.on("smessage", (channel: string, text: string) => events.heard(channel, text));
  try {
    await cluster.connect();
  } catch (error) {
    cluster.disconnect();
    throw error;
  }
  return {
    publish: (channel, text) => cluster.spublish(channel, text),
    subscribe: async (channels) => void (await Promise.all(channels.map((one) => cluster.ssubscribe(one)))),
    unsubscribe: async (channels) =>
      void (await Promise.all(channels.map((one) => cluster.sunsubscribe(one)))),
    ...valuesOf(cluster),
    probes: (name) => probesOf(cluster, name),
    close: () => cluster.disconnect(),
  };
}

const probeNames = 256;

async function probesOf(cluster: Cluster, name: string): Promise<string[]> {
  const servers = new Set(cluster.nodes("master").map(({ options }) => `${options.host}:${options.port}`));
  const found = new Map<string, string>();
  for (let index = 0; index < probeNames && found.size < servers.size; index++) {
    const channel = `${name}:${index}`;
    const [server = ""] = cluster.slots[await cluster.cluster("KEYSLOT", channel)] ?? [];
    if (!found.has(server)) found.set(server, channel);
  }
  return [...found.values()];
}

/** One command for each key: in a cluster they lie on different servers. Those of one turn travel together. */
function valuesOf(client: Redis | Cluster): Pick<Link, "keep" | "drop" | "which"> {
  return {
    keep: async (keys, seconds) =>
      void (await Promise.all(keys.map((key) => client.set(key, "1", "EX", seconds)))),
    drop: async (keys) => void (await Promise.all(keys.map((key) => client.del(key)))),
    which: async (keys) => {
      const found = await Promise.all(keys.map((key) => client.exists(key)));
      return keys.filter((_, index) => found[index] === 1);
    },
  };
}
