import type { Moment } from "./motion.ts";

/** Within so many metres of the place somebody is there, if they stay for so long (or the track ends). */
export const insideM = 100;
export const stayMs = 120_000;

/** A stay at the place: when the 100 m were passed inward for good, and outward again (null: not in this track). */
export interface Stay {
  arrivedMs: number;
  leftMs: number | null;
}

/** What the simulated person really does. */
export interface Truth {
  startMs: number;
  endMs: number;
  stays: readonly Stay[];
  /** The first arrival, null if there is none. */
  arrivedMs: number | null;
  /** Straight metres to the place, metres of way and seconds until the first arrival (null without one). */
  at(ms: number): { distanceM: number; alongM: number | null; remainingS: number | null; waits: boolean };
}

export function truthOf(trace: readonly Moment[], startMs: number): Truth {
  const distances = trace.map(({ spot }) => Math.hypot(spot.east, spot.north));
  const endMs = startMs + (trace.length - 1) * 1_000;
  const stays = visitsOf(distances)
    .filter(([from, to]) => (to - from) * 1_000 >= stayMs || to === trace.length)
    .map(([from, to]) => ({
      arrivedMs: startMs + from * 1_000,
      leftMs: to === trace.length ? null : startMs + to * 1_000,
    }));
  const arrivedMs = stays[0]?.arrivedMs ?? null;
  const secondOf = (ms: number) =>
    Math.min(trace.length - 1, Math.max(0, Math.floor((ms - startMs) / 1_000)));
  const goalM = arrivedMs === null ? null : (trace[secondOf(arrivedMs)]?.alongM ?? null);
  return {
    startMs,
    endMs,
    stays,
    arrivedMs,
    at: (ms) => ({
      distanceM: distances[secondOf(ms)] ?? Number.NaN,
      alongM: goalM === null ? null : Math.max(0, goalM - (trace[secondOf(ms)]?.alongM ?? 0)),
      waits: trace[secondOf(ms)]?.waits ?? false,
      remainingS: arrivedMs === null ? null : Math.max(0, (arrivedMs - ms) / 1_000),
    }),
  };
}

/** From which second to which (not included) somebody is within 100 m. */
function visitsOf(distances: readonly number[]): [number, number][] {
  const visits: [number, number][] = [];
  for (const [second, distance] of distances.entries()) {
    if (distance > insideM) continue;
    const last = visits.at(-1);
    if (last?.[1] === second) last[1] = second + 1;
    else visits.push([second, second + 1]);
  }
  return visits;
}
