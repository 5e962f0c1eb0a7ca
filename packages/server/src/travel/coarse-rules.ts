import { cellCentre, distanceM, type Point } from "../location/geometry.ts";
import type { Fixed } from "./motion-rules.ts";

/** What the cells that somebody went through tell, and nothing finer: others could reckon the same from them. */
export interface CoarseState {
  cell: Point | null;
  firstMs: number;
  /** When they came into the present cell. */
  enteredMs: number;
  seenMs: number;
  pathM: number;
  cells: number;
}

export const freshCoarse: CoarseState = {
  cell: null,
  firstMs: 0,
  enteredMs: 0,
  seenMs: Number.NEGATIVE_INFINITY,
  pathM: 0,
  cells: 0,
};

const stepS = 300;
const factor = 1.3;
const leastCells = 3;
const restedMs = 20 * 60_000;

export function coarseAfter(was: CoarseState, points: readonly Fixed[]): CoarseState {
  let state = was;
  for (const point of points) {
    if (point.at_ms <= state.seenMs) continue;
    const cell = cellCentre(point);
    const { cell: before } = state;
    if (before === null || point.at_ms - state.enteredMs > restedMs) {
      const at = point.at_ms;
      state = { cell, firstMs: at, enteredMs: at, seenMs: at, pathM: 0, cells: 1 };
    } else if (before.latitude === cell.latitude && before.longitude === cell.longitude) {
      state = { ...state, seenMs: point.at_ms };
    } else {
      const pathM = state.pathM + distanceM(before, cell);
      state = { ...state, cell, pathM, enteredMs: point.at_ms, seenMs: point.at_ms, cells: state.cells + 1 };
    }
  }
  return state;
}

/** In steps of five minutes; null until a few cells have shown how fast somebody is. */
export function coarseEta(
  { cell, cells, pathM, firstMs, enteredMs }: CoarseState,
  place: Point | null,
): { eta_s: number | null; eta_margin_s: number | null } {
  const passedS = (enteredMs - firstMs) / 1_000;
  if (place === null || cell === null || cells < leastCells || passedS <= 0)
    return { eta_s: null, eta_margin_s: null };
  // Between cells a path is longer than it is: the zigzag of centres stands for the detour already.
  const seconds = (distanceM(cell, place) * factor) / (pathM / passedS);
  return { eta_s: rounded(seconds), eta_margin_s: rounded(seconds * 0.4) };
}

function rounded(seconds: number): number {
  return Math.max(1, Math.round(seconds / stepS)) * stepS;
}
