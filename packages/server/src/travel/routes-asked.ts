import type { Context } from "../context.ts";
import { distanceM, type Point } from "../location/geometry.ts";
import { estimateOf, rememberRoute, routeOf, type Traveller } from "./journeys.ts";
import type { Travelling } from "./pace-rules.ts";
import { goingOf, travellerOf } from "./telling.ts";
import type { TravellerRow } from "./store.ts";

const againMs = 2 * 60_000;
const againM = 500;
/** Nearer than this the streets are as good as straight. */
const leastM = 400;
const maxSources = 50;

interface Asked {
  traveller: Traveller;
  from: Point;
  fromDistanceM: number;
}

/** Asks the router, where there is one, for the ways of those who have moved on. Nobody waits for its answer. */
export async function refreshRoutes(ctx: Context, rows: readonly TravellerRow[]): Promise<void> {
  const { routing } = ctx;
  if (routing === null) return;
  const due = new Map<Travelling, Asked[]>();
  for (const row of rows) {
    const found = dueOf(ctx, row);
    if (found !== null) due.set(found.mode, [...(due.get(found.mode) ?? []), found.asked]);
  }
  for (const [mode, asked] of due)
    for (let i = 0; i < asked.length; i += maxSources) ask(ctx, mode, asked.slice(i, i + maxSources));
}

function dueOf(ctx: Context, row: TravellerRow): { mode: Travelling; asked: Asked } | null {
  const going = goingOf(row);
  const now = ctx.clock.now();
  const traveller = going && travellerOf(going, now);
  // Whoever shows their cell alone shows a router no more; what it says would count for nobody else either.
  if (going === null || traveller === null || row.precision !== "exact") return null;
  const { state, distance_m, arrived } = estimateOf(ctx, traveller);
  const { motion, pace } = state;
  const { travelling: mode } = pace;
  if (arrived || motion === null || mode === null || !pace.underWay) return null;
  if (distance_m === null || distance_m < leastM) return null;
  const known = routeOf(ctx, traveller);
  const isNew =
    known === null ||
    known.mode !== mode ||
    now - known.askedMs >= againMs ||
    distanceM(known.from, motion) >= againM;
  const from = { latitude: motion.latitude, longitude: motion.longitude };
  return isNew ? { mode, asked: { traveller, from, fromDistanceM: distance_m } } : null;
}

function ask(ctx: Context, mode: Travelling, asked: readonly Asked[]): void {
  const place = asked[0]?.traveller.place;
  if (ctx.routing === null || place === null || place === undefined) return;
  const askedMs = ctx.clock.now();
  void ctx.routing
    .durations(
      mode,
      asked.map(({ from }) => from),
      place,
    )
    .then((durations) => {
      for (const [index, { traveller, from, fromDistanceM }] of asked.entries()) {
        const durationS = durations?.[index] ?? null;
        // Without an answer what is known goes on counting: it is scaled by how far they have come since.
        if (durationS !== null)
          rememberRoute(ctx, traveller, { durationS, fromDistanceM, mode, from, askedMs });
      }
    });
}
