import { type Candidate, type groupTravellers, isWorthNaming, weigh } from "./rules.ts";
import { findPlace } from "./search-rules.ts";
import { metresApart, offset, type Point, snap, toPoint, toVector } from "./sphere-rules.ts";

export interface Venue extends Point {
  name: string;
}

const venuesWeighed = 100;
const leastStepM = 600;
const ringsOfOthers = 3;
const others = 12;

export type Group = ReturnType<typeof groupTravellers>;

/** Places that may do for these people: on the plane, and venues. A generator, so that others can have their turn. */
export function* findCandidates(group: Group, venues: readonly Venue[]): Generator<void, Candidate[]> {
  const place = yield* findPlace(group.travellers);
  const best = weigh({ point: snap(toPoint(place)), name: null }, group);
  const candidates: Candidate[] = [best];
  const stepM = Math.max(leastStepM, 0.04 * metresApart(best.at, group.travellers[0]?.at ?? best.at));
  for (let ring = 1; ring <= ringsOfOthers; ring++) {
    for (let spoke = 0; spoke < others; spoke++) {
      const at = offset(best.at, ring * stepM, (2 * Math.PI * spoke) / others);
      candidates.push(weigh({ point: snap(toPoint(at)), name: null }, group));
      yield;
    }
  }
  const near = venues
    .map((venue) => ({ venue, metres: metresApart(toVector(venue), best.at) }))
    .toSorted((a, b) => a.metres - b.metres)
    .slice(0, venuesWeighed);
  for (const { venue } of near) {
    const point = { latitude: venue.latitude, longitude: venue.longitude };
    const candidate = weigh({ point, name: venue.name }, group);
    if (isWorthNaming(candidate, best.worst)) candidates.push(candidate);
    yield;
  }
  return candidates;
}
