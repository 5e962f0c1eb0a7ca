import { type Factors, usualFactors } from "./estimate-rules.ts";
import type { Pace, Travelling } from "./pace-rules.ts";

export interface Detour {
  mode: Travelling;
  factor: number;
  journeys: number;
}

const least = 1.05;
const most = 2.5;
/** What the server starts with weighs as much as so many journeys; and none counts less than one of the second. */
const usualWeight = 4;
const remembered = 20;
/** A leg shorter than this says more of the phone's noise than of streets. */
const legM = 600;

/** Path ÷ straight line of the leg that ended in an arrival; null where it says nothing. */
export function factorOf(pace: Pace): { mode: Travelling; factor: number } | null {
  const { travelling: mode, anchor, legFromM } = pace;
  if (mode === null || anchor === null) return null;
  const straightM = legFromM - anchor.distanceM;
  return straightM < legM ? null : { mode, factor: bounded(pace.legM / straightM) };
}

/** What is known after one more journey. */
export function detourAfter(was: Detour | undefined, mode: Travelling, factor: number): Detour {
  const journeys = Math.min(remembered - 1, was?.journeys ?? 0);
  const mean = ((was?.factor ?? 0) * journeys + bounded(factor)) / (journeys + 1);
  return { mode, factor: mean, journeys: journeys + 1 };
}

/** Few journeys weigh little. */
export function factorsFrom(detours: readonly Detour[]): Factors {
  const factors = { ...usualFactors };
  for (const { mode, factor, journeys } of detours)
    factors[mode] = bounded(
      (usualFactors[mode] * usualWeight + factor * journeys) / (usualWeight + journeys),
    );
  return factors;
}

function bounded(factor: number): number {
  return Math.min(most, Math.max(least, factor));
}
