import { chmodSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../test/support/free-port.ts";
import { type TcpProxy, tcpProxy } from "../tcp-proxy.ts";
import { type Front, startFront } from "./balancer.ts";
import { Node } from "./node.ts";
import { endPart, type Part, startPart } from "./part.ts";
import { type Pair, startPair } from "./postgres.ts";

export interface ClusterOptions {
  readonly nodes?: number;
  /** Where people reach it; any free port. */
  readonly port?: number;
  readonly env?: Record<string, string>;
  /** Of each node beside what all have. */
  readonly envOf?: (index: number) => Record<string, string>;
}

/** Several servers behind HAProxy, with PostgreSQL in two places and Redis: all on loopback, in one folder. */
export class Cluster implements AsyncDisposable {
  readonly folder: string;
  readonly url: string;
  readonly nodes: readonly Node[];
  readonly front: Front;
  readonly postgres: Pair;
  /** The way from the nodes to Redis, which can be made to fail. */
  readonly redisWay: TcpProxy;
  /** Resolves when the standby has taken over from a primary that ended; false: the cluster was stopped. */
  readonly failedOver: Promise<boolean>;
  #redis: Part;
  #isStopping = false;

  private constructor(parts: {
    folder: string;
    url: string;
    nodes: readonly Node[];
    front: Front;
    postgres: Pair;
    redis: Part;
    redisWay: TcpProxy;
  }) {
    this.folder = parts.folder;
    this.url = parts.url;
    this.nodes = parts.nodes;
    this.front = parts.front;
    this.postgres = parts.postgres;
    this.redisWay = parts.redisWay;
    this.#redis = parts.redis;
    this.failedOver = this.#failOver();
  }

  static async start({ nodes: count = 3, port, env = {}, envOf }: ClusterOptions = {}): Promise<Cluster> {
    const folder = await mkdtemp(join(tmpdir(), "jarvis-cluster-"));
    chmodSync(folder, 0o711); // PostgreSQL does not run as root, and has to get to its part of it
    const postgres = await startPair(folder);
    const redis = await startRedis(folder, await freePort());
    const redisWay = await tcpProxy(`http://127.0.0.1:${redis.port}`);
    const databasePort = await freePort();
    const ports = await Promise.all(Array.from({ length: count }, freePort));
    const front = await startFront(folder, {
      nodes: ports,
      primary: postgres.primary.port,
      standby: postgres.standby.port,
      port: port ?? (await freePort()),
      databasePort,
    });
    const common = {
      PATH: process.env["PATH"] ?? "",
      JARVIS_HOST: "127.0.0.1",
      JARVIS_DATABASE_URL: `postgres://${postgres.user}@127.0.0.1:${databasePort}/jarvis`,
      JARVIS_BUS_URL: `redis://127.0.0.1:${new URL(redisWay.url).port}`,
      JARVIS_PHOTOS: join(folder, "photos"),
      JARVIS_TRUSTED_PROXIES: "127.0.0.1",
      JARVIS_DRAIN_SECONDS: "3",
      ...env,
    };
    const nodes = ports.map((one, index) => new Node(`n${index + 1}`, one, { ...common, ...envOf?.(index) }));
    const url = `http://127.0.0.1:${front.part.port}`;
    const cluster = new Cluster({ folder, url, nodes, front, postgres, redis, redisWay });
    await Promise.all(nodes.map((node) => node.start()));
    await cluster.until((states) => states.every((state) => state === "UP"));
    return cluster;
  }

  get redis(): Part {
    return this.#redis;
  }

  /** Ends Redis as a crash does, and starts it on its port again: it has forgotten everything. */
  async restartRedis(): Promise<void> {
    await endPart(this.#redis, "SIGKILL");
    this.#redis = await startRedis(this.folder, this.#redis.port);
  }

  /** Resolves once HAProxy has the nodes in states that are so. */
  async until(isSo: (states: readonly string[]) => boolean): Promise<void> {
    while (!isSo(await this.states())) await new Promise((resolve) => setImmediate(resolve));
  }

  /** What HAProxy holds each node to be: UP, DOWN, … */
  async states(): Promise<string[]> {
    const [head = "", ...rows] = (await this.front.tell("show stat")).split("\n");
    const column = head.split(",").indexOf("status");
    return rows
      .filter((row) => /^nodes,n\d/.test(row))
      .map((row) => (row.split(",")[column] ?? "").replace(/ .*/, ""));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.nodes.map((node) => node.ended("SIGKILL")));
    await this.redisWay[Symbol.asyncDispose]();
    await endPart(this.front.part, "SIGTERM");
    await endPart(this.#redis, "SIGTERM");
    await this.postgres.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** What a failover manager does: the standby is promoted, and nobody reaches the old primary any more. */
  async #failOver(): Promise<boolean> {
    await this.postgres.primary.exited;
    if (this.#isStopping) return false;
    await this.front.tell("disable server postgres/primary");
    await this.front.tell("shutdown sessions server postgres/primary");
    await this.postgres.promote();
    await this.front.tell("enable server postgres/standby");
    return true;
  }
}

function startRedis(folder: string, port: number): Promise<Part> {
  const options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder];
  return startPart(folder, "redis", port, ["redis-server", "--port", `${port}`, ...options]);
}
