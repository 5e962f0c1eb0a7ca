import { readdirSync, statSync } from "node:fs";
import type { Subject } from "../process.ts";

/** The server at one moment, from outside: /proc, the log file's size, and its own metrics. */
export interface Sample {
  readonly atS: number;
  readonly rssMb: number;
  readonly heapMb: number;
  readonly handles: number;
  readonly sockets: number;
  readonly walMb: number;
}

const mb = 1024 * 1024;

export async function sample(server: Subject, database: string, startedMs: number): Promise<Sample> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const metric = (name: string): number =>
    Number(new RegExp(`^${name} (\\S+)`, "m").exec(text)?.[1] ?? Number.NaN);
  return {
    atS: (performance.now() - startedMs) / 1_000,
    rssMb: server.rss() / mb,
    heapMb: metric("jarvis_heap_used_bytes") / mb,
    handles: readdirSync(`/proc/${server.pid}/fd`).length,
    sockets: metric("jarvis_websocket_connections"),
    walMb: (statSync(`${database}-wal`, { throwIfNoEntry: false })?.size ?? 0) / mb,
  };
}

/** The least of each window: what a collector has not got to yet comes and goes, what has leaked stays. */
export function floors(
  samples: readonly Sample[],
  of: (sample: Sample) => number,
  windowS: number,
): [number, number][] {
  const windows = new Map<number, [number, number]>();
  for (const one of samples) {
    const window = Math.floor(one.atS / windowS);
    const least = windows.get(window);
    if (least === undefined || of(one) < least[1]) windows.set(window, [one.atS, of(one)]);
  }
  return [...windows.values()];
}

/** Least squares over the second half of the time, for each ten minutes. */
export function slopePerTenMinutes(points: readonly [number, number][]): number {
  const end = points.at(-1)?.[0] ?? 0;
  const late = points.filter(([at]) => at >= end / 2);
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(late.map(([at]) => at));
  const y = mean(late.map(([, value]) => value));
  const spread = late.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  const slope = late.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0) / spread;
  return slope * 600;
}
