import { readdirSync, statSync } from "node:fs";
import type { Subject } from "../process.ts";
import type { Heap } from "./server.ts";

/** The server at one moment: its heap right after a collection, /proc, the log file's size, and its own metrics. */
export interface Sample {
  readonly atS: number;
  readonly rssMb: number;
  readonly heapMb: number;
  /** How many of each kind of object. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly handles: number;
  readonly sockets: number;
  readonly walMb: number;
}

const mb = 1024 * 1024;

export interface Watched {
  readonly server: Subject;
  readonly database: string;
  readonly heapSocket: string;
}

/** Collects first: what is only waiting to be collected looks like a leak. */
export async function heapOf(heapSocket: string): Promise<Heap> {
  // Our own server's answer.
  return (await (await fetch("http://heap/", { unix: heapSocket })).json()) as Heap;
}

export async function sample({ server, database, heapSocket }: Watched, startedMs: number): Promise<Sample> {
  const heap = await heapOf(heapSocket);
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const metric = (name: string): number =>
    Number(new RegExp(`^${name} (\\S+)`, "m").exec(text)?.[1] ?? Number.NaN);
  return {
    atS: (performance.now() - startedMs) / 1_000,
    rssMb: server.rss() / mb,
    heapMb: heap.bytes / mb,
    kinds: heap.kinds,
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

/** Of which kinds there are more at the end than in the middle, and how many more: what a leak would be made of. */
export function grown(samples: readonly Sample[]): string {
  const [from, to] = [samples[Math.floor(samples.length / 2)]?.kinds ?? {}, samples.at(-1)?.kinds ?? {}];
  const more = Object.entries(to).map(([kind, count]) => [kind, count - (from[kind] ?? 0)] as const);
  const most = more.filter(([, count]) => count > 0).toSorted((a, b) => b[1] - a[1]);
  return most
    .slice(0, 8)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(", ");
}
