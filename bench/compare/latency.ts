import { join } from "node:path";
import type { Room } from "../peers/peer.ts";
import { startSubject } from "../process.ts";
import { median } from "../rounds.ts";
import { paced } from "./scenarios.ts";

const script = new URL("../commit-time.ts", import.meta.url).pathname;
export const sendsPerSecond = 2_000;

export interface Latency {
  /** Medians over the rounds, milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly commit: number;
  readonly rounds: { p50: number; p99: number; commit: number }[];
}

/** Acknowledgement times at a steady rate, and in turn with them the time of a bare commit on the same disk. */
export async function measureLatency(
  room: Room,
  directory: string,
  extent: { rounds: number; sends: number },
): Promise<Latency> {
  await paced(room, sendsPerSecond, extent.sends);
  const rounds: Latency["rounds"] = [];
  for (let round = 0; round < extent.rounds; round++) {
    const commit = await commitTime(directory);
    const times = (await paced(room, sendsPerSecond, extent.sends)).toSorted((a, b) => a - b);
    rounds.push({ p50: quantile(times, 0.5), p99: quantile(times, 0.99), commit });
    console.error(`latency: round ${round + 1} of ${extent.rounds}`);
  }
  return {
    p50: median(rounds.map(({ p50 }) => p50)),
    p99: median(rounds.map(({ p99 }) => p99)),
    commit: median(rounds.map(({ commit }) => commit)),
    rounds,
  };
}

async function commitTime(directory: string): Promise<number> {
  await using subject = await startSubject(
    [script, join(directory, "commit-time.db"), "1000"],
    {},
    /times (\[.*\])/,
  );
  return median(JSON.parse(subject.url) as number[]) / 1_000; // the script's own list
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
