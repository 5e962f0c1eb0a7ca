import type { Zone } from "./zone.ts";

/** At this instant clocks change from one offset, in seconds ahead of UTC, to another. */
export interface Transition {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** A zone of a list of changes, at least one. */
export function transitionZone(transitions: readonly Transition[]): Zone {
  const ordered = [...transitions].sort((a, b) => a.at - b.at);
  const initial = ordered[0]?.before ?? 0;
  // Where clocks go forward, wall times in the gap still have the offset before; where they go back, the first of a
  // repeated hour has it: the new one holds from the later of both readings of the change.
  const wallThresholds = ordered.map(({ at, before, after }) => at + Math.max(before, after));
  const instants = ordered.map(({ at }) => at);
  const offsetAfter = (index: number) => ordered[index]?.after ?? initial;
  return {
    instantOf: (wall) => wall - offsetAfter(lastAtOrBefore(wallThresholds, wall)),
    wallOf: (instant) => instant + offsetAfter(lastAtOrBefore(instants, instant)),
  };
}

/** The index of the last value that is not greater, or -1. */
function lastAtOrBefore(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
