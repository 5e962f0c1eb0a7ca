import type { Engine, Load } from "./model.ts";

/** A run against a real server that the constants do not come from, or not alone, and what its server used. */
export interface MeasuredRun {
  readonly name: string;
  readonly engine: Engine;
  readonly load: Partial<Load>;
  /** Of one core. */
  readonly cores: number;
}

/** Within such a share of what was measured the model has to be. */
export const statedError = 0.15;

export const measuredRuns: readonly MeasuredRun[] = [
  {
    name: "positions, 10 events of 20",
    engine: "sqlite",
    load: { positions: 200, frames: 3_800 },
    cores: 0.0505,
  },
  {
    name: "positions, 60 events of 20",
    engine: "sqlite",
    load: { positions: 1_201, frames: 22_775 },
    cores: 0.1602,
  },
  {
    name: "positions, 20 events of 20, the machine busy with other things",
    engine: "sqlite",
    load: { positions: 399, frames: 7_596 },
    cores: 0.0772,
  },
  {
    name: "positions, 60 events of 20, so busy that many frames were left out",
    engine: "sqlite",
    load: { positions: 1_196, frames: 14_464 },
    cores: 0.1523,
  },
  {
    name: "positions, 200 events of 2",
    engine: "sqlite",
    load: { positions: 400, frames: 395 },
    cores: 0.0725,
  },
  {
    name: "sends, 60 events of ten, 1,200 a second, another day",
    engine: "sqlite",
    load: { sends: 1_200, deliveries: 12_000 },
    cores: 0.2564,
  },
  {
    name: "reconnects, 3,000 at once, each 50 entries behind (CPU seconds)",
    engine: "sqlite",
    load: { reconnects: 3_000, entriesPerReconnect: 50 },
    cores: 0.6672,
  },
];

const nothing: Load = {
  connections: 0,
  sends: 0,
  deliveries: 0,
  positions: 0,
  frames: 0,
  queries: 0,
  reconnects: 0,
  entriesPerReconnect: 0,
};

export function wholeLoad({ load }: MeasuredRun): Load {
  return { ...nothing, ...load };
}
