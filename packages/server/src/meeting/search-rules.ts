import { halfTurnM, metresApart, middleOf, offset, type Vector } from "./sphere-rules.ts";

/** Somebody on the way from the centre of a cell. */
export interface Traveller {
  readonly at: Vector;
  /** Seconds for each metre of straight line, at their speed and with the detours of their roads. */
  readonly pace: number;
}

export function secondsTo({ at, pace }: Traveller, place: Vector): number {
  return pace * metresApart(at, place);
}

/** How long whoever comes last is on the way. */
export function worstOf(travellers: readonly Traveller[], place: Vector): number {
  let worst = 0;
  for (const traveller of travellers) worst = Math.max(worst, secondsTo(traveller, place));
  return worst;
}

interface Found {
  place: Vector;
  worst: number;
}

const rings = 24;
const spokes = 24;
const seeds = 4;
const finestM = 40;
/** Whoever is farther apart than this is all around the globe, where what looks best near by may not be. */
const hemisphereM = halfTurnM / 2;

/**
 * The place at which the last to arrive is there soonest, coarse to fine: rings around the middle of all, as far as
 * people are, and from the best of these in ever smaller steps. Within 3 % of the best there is. A generator, so that
 * others can have their turn at each `yield`.
 */
export function* findPlace(travellers: readonly Traveller[]): Generator<void, Vector> {
  const middle = middleOf(travellers.map(({ at }) => at));
  const farM = Math.max(...travellers.map(({ at }) => metresApart(at, middle)));
  const reachM = farM > hemisphereM ? halfTurnM : farM;
  const tried: Found[] = [{ place: middle, worst: worstOf(travellers, middle) }];
  for (let ring = 1; ring <= rings; ring++) {
    tried.push(...around(travellers, middle, (reachM * ring) / rings));
    yield;
  }
  // Where somebody stands the time has a kink that rings can miss; with many it is one of the farthest that matters.
  for (const { at } of farthest(travellers, middle))
    tried.push({ place: at, worst: worstOf(travellers, at) });
  yield;
  let best: Found | undefined;
  for (const seed of apart(tried, reachM / rings)) {
    const found = yield* descend(travellers, seed, (2 * reachM) / rings);
    if (best === undefined || found.worst < best.worst) best = found;
  }
  return best?.place ?? middle;
}

function around(travellers: readonly Traveller[], centre: Vector, metres: number): Found[] {
  return Array.from({ length: spokes }, (_, spoke) => {
    const place = offset(centre, metres, (2 * Math.PI * spoke) / spokes);
    return { place, worst: worstOf(travellers, place) };
  });
}

function farthest(travellers: readonly Traveller[], middle: Vector): Traveller[] {
  return travellers.toSorted((a, b) => secondsTo(b, middle) - secondsTo(a, middle)).slice(0, 8);
}

/** The best of what was tried, no two of them near each other. */
function apart(tried: readonly Found[], metres: number): Found[] {
  const chosen: Found[] = [];
  for (const found of tried.toSorted((a, b) => a.worst - b.worst)) {
    if (chosen.length === seeds) break;
    if (chosen.every(({ place }) => metresApart(place, found.place) > metres)) chosen.push(found);
  }
  return chosen;
}

/** Down from a place in every direction that leads down, with steps that are halved once none does. */
function* descend(travellers: readonly Traveller[], from: Found, stepM: number): Generator<void, Found> {
  let best = from;
  for (let step = stepM; step > finestM; ) {
    const tries = [...around(travellers, best.place, step), ...around(travellers, best.place, step / 3)];
    const found = tries.reduce((a, b) => (b.worst < a.worst ? b : a));
    // A step that hardly helps is not worth the next one of its length.
    const helps = found.worst < best.worst * 0.999;
    if (found.worst < best.worst) best = found;
    if (!helps) step /= 2;
    yield;
  }
  return best;
}
