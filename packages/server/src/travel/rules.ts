import type { TravelCode } from "@jarvis/contract";
import { cellCentre, distanceM, type Point } from "../location/geometry.ts";

/** Leaving is told from so long before the start. */
export const aheadMs = 3 * 60 * 60_000;
const lateS = 300;
/** How much less than late somebody has to be to be on time again, so that nobody is told now this and now that. */
const reliefS = 60;
const againS = 300;
/** Of two words about how late somebody is the second waits for so long. */
const quietMs = 60_000;
const leastMarginS = 300;
/** Sharing that ends with the arrival goes on for so long. */
export const afterArrivalMs = 5 * 60_000;

/** The same of somebody who shows their cell alone: about as long as crossing one on foot takes. */
const afterCellMs = 15 * 60_000;
/** Somebody in a cell whose centre is within this of the place may be there: beside it lies no other such cell. */
const cellReachM = 800;

/** What was told of somebody on their way to this start and place. */
export interface Told {
  leave_told_ms: number | null;
  late_s: number | null;
  late_told_ms: number | null;
  arrived_ms: number | null;
}

export const untold: Told = { leave_told_ms: null, late_s: null, late_told_ms: null, arrived_ms: null };

/** What an entry says, and what is then remembered as told. */
export interface Word {
  code: TravelCode;
  late_s?: number;
  margin_s?: number;
  leave_in_s?: number;
  told: Told;
}

export interface Progressing {
  arrived: boolean;
  eta_s: number | null;
  eta_margin_s: number | null;
}

/** What is to be told of somebody who shares where they are, if anything. */
export function wordOf(told: Told, progress: Progressing, startMs: number, now: number): Word | null {
  if (told.arrived_ms !== null) return null;
  if (progress.arrived) return arrivedWord(told, now);
  const { eta_s, eta_margin_s } = progress;
  if (eta_s === null || eta_margin_s === null) return null;
  if (told.late_told_ms !== null && now - told.late_told_ms < quietMs) return null;
  const late = Math.round((now - startMs) / 1_000 + eta_s);
  const enough = lateS + eta_margin_s;
  const said = { ...told, late_told_ms: now };
  if (told.late_s === null) return late > enough ? lateWord(said, late, eta_margin_s) : null;
  if (late <= enough - reliefS) return { code: "on_time", told: { ...said, late_s: null } };
  const changed = Math.abs(late - told.late_s);
  return changed >= Math.max(againS, eta_margin_s) ? lateWord(said, late, eta_margin_s) : null;
}

export function arrivedWord(told: Told, atMs: number): Word {
  return { code: "arrived", told: { ...told, late_s: null, arrived_ms: atMs } };
}

function lateWord(told: Told, late: number, margin_s: number): Word {
  return { code: "running_late", late_s: late, margin_s, told: { ...told, late_s: late } };
}

/** It is time to leave when the way takes as long as there is time left. */
export function leaveWord(
  told: Told,
  way: { seconds: number; marginS: number },
  startMs: number,
  now: number,
): Word | null {
  const leftS = (startMs - now) / 1_000;
  if (told.leave_told_ms !== null || told.arrived_ms !== null || told.late_s !== null) return null;
  if (leftS <= 0 || startMs - now > aheadMs) return null;
  const marginS = Math.max(leastMarginS, way.marginS);
  if (way.seconds + marginS < leftS) return null;
  const leave_in_s = Math.round(leftS - way.seconds);
  return { code: "leave_now", leave_in_s, told: { ...told, leave_told_ms: now } };
}

/** By whatever somebody may travel who has not set out: on foot where it is near. */
export function wayFrom(
  distanceM: number,
  factors: { walk: number; ride: number },
): { seconds: number; marginS: number } {
  const walks = distanceM < walkM;
  const seconds = walks ? (distanceM * factors.walk) / 1.3 : 240 + (distanceM * factors.ride) / 9;
  return { seconds, marginS: seconds * 0.25 };
}

const walkM = 1_500;

/**
 * Whether somebody who shows their cell alone has been about the place for so long that they count as there. When sharing
 * ends by itself is seen by everybody: it follows from the cells that were shown, and not from whether they are at the door.
 */
export function isAboutPlace(
  points: readonly (Point & { readonly at_ms: number })[],
  place: Point,
  now: number,
): boolean {
  let sinceMs: number | null = null;
  for (const point of points) {
    const isAbout = distanceM(cellCentre(point), place) <= cellReachM;
    sinceMs = isAbout ? (sinceMs ?? point.at_ms) : null;
  }
  return sinceMs !== null && now - sinceMs >= afterCellMs;
}
