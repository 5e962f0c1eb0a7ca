import type { MeetingPlace, StartMode, UserId } from "@jarvis/contract";
import { toWireNumber } from "@jarvis/contract";
import { secondsTo, type Traveller } from "./search-rules.ts";
import { metresApart, type Point, toVector, type Vector } from "./sphere-rules.ts";

/** Metres a second on the way, and how much longer the way is than the straight line. */
const speeds = {
  walk: { speed: 1.35, detour: 1.25 },
  cycle: { speed: 4.5, detour: 1.3 },
  ride: { speed: 9, detour: 1.35 },
} as const satisfies Record<StartMode, { speed: number; detour: number }>;

const roundS = 300;
/** Two places nearer to each other are one. */
export const distinctM = 500;
/** A venue is worth naming while it costs the last so much more than the best place, and a bit. */
const venueFactor = 1.5;
const venueSlackS = 600;

/** Somebody who counts: from the centre of a cell, whatever is known of them. */
export interface Person {
  readonly id: UserId;
  readonly source: "start" | "position";
  readonly cell: Point;
  readonly mode: StartMode;
}

export function travellerOf({ cell, mode }: Pick<Person, "cell" | "mode">): Traveller {
  const { speed, detour } = speeds[mode];
  return { at: toVector(cell), pace: detour / speed };
}

/** All who set out from one cell in one way. */
export type Party = Traveller & Pick<Person, "cell" | "mode">;

/** People who set out from one cell in one way are one to the search; `of` says which one each person is. */
export function groupTravellers(people: readonly Person[]): { travellers: Party[]; of: number[] } {
  const known = new Map<string, number>();
  const travellers: Party[] = [];
  const of = people.map((person) => {
    const key = `${person.cell.latitude} ${person.cell.longitude} ${person.mode}`;
    const index =
      known.get(key) ?? travellers.push({ ...travellerOf(person), cell: person.cell, mode: person.mode }) - 1;
    known.set(key, index);
    return index;
  });
  return { travellers, of };
}

export interface Candidate {
  point: Point;
  at: Vector;
  name: string | null;
  /** Of each traveller. */
  seconds: readonly number[];
  worst: number;
  mean: number;
  spread: number;
}

/** What a place means for everybody; `of` as in `groupTravellers`. */
export function weigh(
  { point, name }: { point: Point; name: string | null },
  { travellers, of }: { travellers: readonly Traveller[]; of: readonly number[] },
): Candidate {
  const at = toVector(point);
  const seconds = travellers.map((traveller) => secondsTo(traveller, at));
  return summed({ point, at, name }, seconds, of);
}

/** The same place with other times. */
export function summed(
  { point, at, name }: Pick<Candidate, "point" | "at" | "name">,
  seconds: readonly number[],
  of: readonly number[],
): Candidate {
  const worst = Math.max(...seconds);
  const sum = of.reduce((total, index) => total + (seconds[index] ?? 0), 0);
  return { point, at, name, seconds, worst, mean: sum / of.length, spread: worst - Math.min(...seconds) };
}

/** Whether a venue is worth saying beside the best place. */
export function isWorthNaming(venue: Candidate, bestS: number): boolean {
  return venue.worst <= bestS * venueFactor + venueSlackS;
}

/**
 * By what is shown: when the last is there, then how far from each other people come; of equals a place with a name,
 * and then the better one. No two within 500 m.
 */
export function rank(candidates: readonly Candidate[], limit: number): Candidate[] {
  const sorted = candidates.toSorted(
    (a, b) =>
      rounded(a.worst) - rounded(b.worst) ||
      rounded(a.spread) - rounded(b.spread) ||
      Number(a.name === null) - Number(b.name === null) ||
      a.worst - b.worst ||
      (a.name ?? "").localeCompare(b.name ?? ""),
  );
  const chosen: Candidate[] = [];
  for (const candidate of sorted) {
    if (chosen.length === limit) break;
    if (chosen.every(({ at }) => metresApart(at, candidate.at) >= distinctM)) chosen.push(candidate);
  }
  return chosen;
}

export function renderPlace(
  candidate: Candidate,
  people: readonly Person[],
  of: readonly number[],
): MeetingPlace {
  return {
    latitude: toWireNumber(candidate.point.latitude),
    longitude: toWireNumber(candidate.point.longitude),
    name: candidate.name,
    worst_s: rounded(candidate.worst),
    mean_s: rounded(candidate.mean),
    spread_s: rounded(candidate.spread),
    travel: people.map(({ id }, index) => ({
      id,
      travel_s: rounded(candidate.seconds[of[index] ?? -1] ?? Number.NaN),
    })),
  };
}

function rounded(seconds: number): number {
  return Math.round(seconds / roundS) * roundS;
}
