import { median, type Round } from "../rounds.ts";
import type { Entrant } from "./field.ts";
import type { Growth } from "./growth.ts";
import type { Latency } from "./latency.ts";

/** A median with its spread over the rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface PeerReport {
  readonly name: string;
  readonly version: string;
  readonly promise: string;
  readonly note: string | null;
  /** Microseconds of CPU per delivery. */
  readonly alone: Spread | null;
  readonly bursts: Spread | null;
  /** Microseconds of CPU per acknowledged send, and how many a second. */
  readonly sendCpu: Spread | null;
  readonly sendRate: Spread | null;
}

export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly bar: string;
  readonly holds: boolean;
}

export interface Report {
  readonly date: string;
  readonly machine: string;
  readonly pinned: boolean;
  readonly quick: boolean;
  readonly rounds: number;
  readonly listeners: number;
  readonly peers: PeerReport[];
  readonly latency: Latency;
  readonly growth: { name: string; steps: { value: number; cpu: Spread }[] }[];
  readonly figures: Figure[];
}

export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

export function peerReport({ kind, note, alone, bursts, sends }: Entrant): PeerReport {
  const cpu = (rounds: Round[]) => spreadOf(rounds.map(({ cpuUs }) => cpuUs));
  return {
    name: kind.name,
    version: kind.missing() === null ? kind.version() : "",
    promise: kind.promise,
    note,
    alone: cpu(alone),
    bursts: cpu(bursts),
    sendCpu: cpu(sends),
    sendRate: spreadOf(sends.map(({ rate }) => rate)),
  };
}

export function growthReport(growth: readonly Growth[]): Report["growth"] {
  return growth.map(({ name, steps }) => ({
    name,
    steps: steps.map(({ value, rounds }) => ({ value, cpu: mustSpread(rounds.map(({ cpuUs }) => cpuUs)) })),
  }));
}

function mustSpread(values: readonly number[]): Spread {
  const spread = spreadOf(values);
  if (spread === null) throw new Error("nothing was measured");
  return spread;
}
