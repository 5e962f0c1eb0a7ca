import { halfTurnM, metresApart, middleOf, offset, type Vector } from "../../../src/meeting/sphere-rules.ts";
import { type Traveller, worstOf } from "../../../src/meeting/search-rules.ts";

/** The best worst time there is, by trying everywhere: a dense disc around all, and denser ones around its best points. */
export function leastWorst(travellers: readonly Traveller[]): number {
  const middle = middleOf(travellers.map(({ at }) => at));
  const farM = Math.max(...travellers.map(({ at }) => metresApart(at, middle)));
  const reachM = farM > halfTurnM / 2 ? halfTurnM : farM;
  const everywhere = [...disc(middle, reachM, 12_000), ...travellers.map(({ at }) => at)];
  let best = bestOf(travellers, everywhere, 12);
  for (let radiusM = reachM / 20; radiusM > 20; radiusM /= 4)
    best = bestOf(travellers, [...best, ...best.flatMap((place) => disc(place, radiusM, 120))], 12);
  return worstOf(travellers, best[0] ?? middle);
}

function bestOf(travellers: readonly Traveller[], places: readonly Vector[], count: number): Vector[] {
  return places
    .map((place) => ({ place, worst: worstOf(travellers, place) }))
    .toSorted((a, b) => a.worst - b.worst)
    .slice(0, count)
    .map(({ place }) => place);
}

/** Points spread evenly over a disc: a sunflower. */
function disc(centre: Vector, radiusM: number, count: number): Vector[] {
  return Array.from({ length: count }, (_, index) =>
    offset(centre, radiusM * Math.sqrt((index + 0.5) / count), index * 2.399_963),
  );
}
