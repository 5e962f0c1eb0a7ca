import type { Subject } from "./process.ts";

export interface Round {
  /** CPU of the server per operation, microseconds. */
  cpuUs: number;
  /** Operations per second. */
  rate: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Runs `work`, which makes `operations`, and accounts the server's CPU and the time to them. */
export async function measure(
  server: Pick<Subject, "cpuUs">,
  operations: number,
  work: () => Promise<void>,
): Promise<Round> {
  const cpuBefore = server.cpuUs();
  const before = performance.now();
  await work();
  const seconds = (performance.now() - before) / 1_000;
  return { cpuUs: (server.cpuUs() - cpuBefore) / operations, rate: operations / seconds };
}

export function medianRound(rounds: readonly Round[]): Round {
  return {
    cpuUs: median(rounds.map((round) => round.cpuUs)),
    rate: median(rounds.map((round) => round.rate)),
  };
}

export function span(values: readonly number[], digits: number): string {
  return `${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)}`;
}
