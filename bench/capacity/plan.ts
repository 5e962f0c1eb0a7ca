import { constants } from "./constants.ts";
import type { Inputs } from "./inputs.ts";
import { type Demand, demandOf, type Engine, loadOf } from "./model.ts";

/** What an installation is made of. */
export interface Layout {
  readonly engine: Engine;
  readonly nodes: number;
  readonly storeShards: number;
  readonly busShards: number;
  readonly balancers: number;
}

export type Part = "node CPU" | "node memory" | "database CPU" | "database disk" | "Valkey CPU";

/** The least installation that stays below the target at the peak. SQLite as long as one node is enough. */
export function layoutFor(inputs: Inputs): Layout {
  const { machines } = inputs;
  const alone = demandOf(inputs, "sqlite", 1);
  const layout = { engine: "sqlite", nodes: 1, storeShards: 0, busShards: 0, balancers: 0 } as const;
  if (use(alone, layout, inputs).every(([, share]) => share <= 1)) return layout;
  const nodes = nodesFor(inputs);
  const demand = demandOf(inputs, "postgres", nodes);
  const cores = machines.targetUse * machines.storeCores;
  return {
    engine: "postgres",
    nodes,
    storeShards: Math.max(
      1,
      Math.ceil(demand.storeCores / cores),
      Math.ceil(demand.storeTb / machines.storeTb),
    ),
    busShards: Math.max(1, Math.ceil(demand.busCores / machines.targetUse)),
    balancers: Math.max(1, Math.ceil(loadOf(inputs).connections / machines.connectionsPerBalancer)),
  };
}

/** More nodes tell each other more: raised until they carry that too. Two at least, or a lost one is all. */
function nodesFor(inputs: Inputs): number {
  const { targetUse, nodeMemoryMiB } = inputs.machines;
  let nodes = 2;
  for (;;) {
    const demand = demandOf(inputs, "postgres", nodes);
    const wanted = Math.max(
      2,
      Math.ceil(demand.nodeCores / targetUse),
      Math.ceil(demand.nodeMemoryMiB / (targetUse * nodeMemoryMiB)),
    );
    if (wanted <= nodes) return nodes;
    nodes = wanted;
  }
}

/** How much of what may be used of each part is used; above 1 is too much. */
export function use(demand: Demand, layout: Layout, { machines }: Inputs): [Part, number][] {
  const { targetUse } = machines;
  const shares: [Part, number][] = [
    ["node CPU", demand.nodeCores / (layout.nodes * targetUse)],
    ["node memory", demand.nodeMemoryMiB / (layout.nodes * targetUse * machines.nodeMemoryMiB)],
    ["database disk", demand.storeTb / (Math.max(1, layout.storeShards) * machines.storeTb)],
  ];
  if (layout.storeShards > 0)
    shares.push(["database CPU", demand.storeCores / (layout.storeShards * targetUse * machines.storeCores)]);
  if (layout.busShards > 0) shares.push(["Valkey CPU", demand.busCores / (layout.busShards * targetUse)]);
  return shares;
}

export interface Breaking {
  readonly part: Part;
  readonly users: number;
}

/** As users become more and nothing is added: what is too small first, and with how many. */
export function firstToBreak(inputs: Inputs, layout: Layout): Breaking {
  for (let users = inputs.users; ; users *= 1.02) {
    const grown = { ...inputs, users };
    const [worst] = use(demandOf(grown, layout.engine, layout.nodes), layout, grown).toSorted(
      (a, b) => b[1] - a[1],
    );
    if (worst !== undefined && worst[1] > 1) return { part: worst[0], users };
  }
}

/** US dollars a month. Databases and Valkey are twice there: a standby each. */
export function costOf(inputs: Inputs, layout: Layout): number {
  const { prices } = inputs.machines;
  const machines =
    layout.nodes * prices.node +
    layout.storeShards * 2 * prices.store +
    layout.busShards * 2 * prices.bus +
    layout.balancers * prices.balancer;
  return machines + trafficGb(inputs) * prices.trafficGb;
}

function trafficGb(inputs: Inputs): number {
  const { deliveries, frames } = loadOf(inputs);
  const monthS = 30 * 86_400;
  return ((((deliveries + frames) / inputs.peakFactor) * constants.frame.value) / 1e9) * monthS;
}
