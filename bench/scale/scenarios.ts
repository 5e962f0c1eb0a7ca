import { number, time } from "../capacity/table.ts";
import { simulateHotEvent } from "./hot-event.ts";
import { simulateStorm } from "./storm.ts";

/** Printed with the results, and the same for the tables of docs/scaling.md. */
export const defaultSeed = 1;

const storms = [
  { nodes: 3, socketsPerNode: 1_000 },
  { nodes: 3, socketsPerNode: 10_000 },
  { nodes: 10, socketsPerNode: 10_000 },
  { nodes: 100, socketsPerNode: 10_000 },
  { nodes: 3, socketsPerNode: 50_000 },
  { nodes: 20, socketsPerNode: 50_000 },
] as const;

export function stormRows(seed: number = defaultSeed): string[][] {
  return storms.map(({ nodes, socketsPerNode }) => {
    const found = simulateStorm({ seed, nodes, socketsPerNode, entriesBehind: 10, busyShare: 0.5 });
    const { p50Ms, p99Ms, lastMs, refused, longestQueue, nodeCpuMs } = found;
    return [
      number(nodes),
      number(socketsPerNode),
      time(p50Ms),
      time(p99Ms),
      time(lastMs),
      number(refused),
      number(longestQueue),
      time(nodeCpuMs),
    ];
  });
}

const hot = [
  { people: 1_000, nodes: 1 },
  { people: 10_000, nodes: 1 },
  { people: 10_000, nodes: 10 },
  { people: 100_000, nodes: 1 },
  { people: 100_000, nodes: 4 },
  { people: 100_000, nodes: 10 },
  { people: 100_000, nodes: 100 },
] as const;

export function hotEventRows(seed: number = defaultSeed): string[][] {
  return hot.map(({ people, nodes }) => {
    const found = simulateHotEvent({ seed, people, nodes, sendsPerSecond: 20, seconds: 30, busyShare: 0.25 });
    return [
      number(people),
      number(nodes),
      number(found.deliveriesPerSecond),
      time(found.p50Ms),
      time(found.p99Ms),
      time(found.backlogHalfMs),
      time(found.backlogEndMs),
      `${number(found.nodeShare * 100)} %`,
    ];
  });
}
