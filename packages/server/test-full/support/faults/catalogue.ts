import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Cluster, ClusterOptions } from "../cluster/cluster.ts";

/** Something that breaks while people use the cluster. */
export interface Fault {
  readonly name: string;
  readonly options?: ClusterOptions;
  /** Breaks it, and mends it; resolves once it is whole again, or as whole as it gets. */
  happen(cluster: Cluster): Promise<void>;
  /** Slower than this nothing gets to anybody, milliseconds. */
  readonly recoveryMs: number;
  /** A position may be given so long after its viewer was removed, milliseconds. */
  readonly revocationMs: number;
  /** No HTTP request fails meanwhile, and sockets are told to come back. */
  readonly isOrderly?: boolean;
}

const usual = { recoveryMs: 10_000, revocationMs: 5_000 };

export const faults: readonly Fault[] = [
  {
    name: "a server is killed",
    ...usual,
    async happen({ nodes }) {
      await nodes[0]?.ended("SIGKILL");
      await Bun.sleep(5_000);
      await nodes[0]?.start();
    },
  },
  {
    name: "a server stands still for 20 s",
    ...usual,
    async happen({ nodes }) {
      nodes[0]?.signal("SIGSTOP");
      await Bun.sleep(20_000);
      nodes[0]?.signal("SIGCONT");
      await Bun.sleep(3_000);
    },
  },
  {
    name: "Redis is restarted",
    ...usual,
    happen: (cluster) => cluster.restartRedis(),
  },
  {
    name: "nothing comes back from Redis for 20 s",
    recoveryMs: 10_000,
    revocationMs: 15_000,
    async happen({ redisWay }) {
      redisWay.filter = () => null;
      await Bun.sleep(20_000);
      redisWay.filter = null;
      // What was swallowed is lost for good: those connections are of no use any more.
      for (const link of redisWay.links) redisWay.reset(link);
    },
  },
  {
    name: "the primary is lost, and the standby promoted",
    recoveryMs: 30_000,
    revocationMs: 5_000,
    async happen({ postgres, failedOver }) {
      postgres.primary.kill("SIGKILL");
      await failedOver;
    },
  },
  {
    name: "all servers are restarted, one after another",
    ...usual,
    isOrderly: true,
    async happen(cluster) {
      for (const [index, node] of cluster.nodes.entries()) {
        const code = await node.ended("SIGTERM");
        if (code !== 0) throw new Error(`${node.name} ended with ${code}: ${node.said()}`);
        await node.start();
        await cluster.until((states) => states[index] === "UP");
      }
    },
  },
  {
    name: "the servers' clocks differ by up to 8 minutes",
    ...usual,
    options: { envOf: (index) => skewed([0, 240, -240][index % 3] ?? 0) },
    async happen({ nodes }) {
      await nodes[1]?.ended("SIGKILL");
      await nodes[1]?.start();
    },
  },
];

/** The clock of a process that is wrong by so many seconds. */
function skewed(seconds: number): Record<string, string> {
  if (seconds === 0) return {};
  return {
    LD_PRELOAD: faketimeLibrary(),
    FAKETIME: `${seconds < 0 ? "" : "+"}${seconds}`,
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
}

function faketimeLibrary(): string {
  const found = readdirSync("/usr/lib")
    .map((name) => join("/usr/lib", name, "faketime/libfaketimeMT.so.1"))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error("libfaketime is missing: apt-get install faketime");
  return found;
}
