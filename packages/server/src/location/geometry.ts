import { type PositionRow, type Precision, toWireNumber, type UserId } from "@jarvis/contract";
import { distance } from "@turf/distance";
import { type Fix, staleMs } from "./rules.ts";

export interface Point {
  latitude: number;
  longitude: number;
}

const rowDegrees = 0.009; // 1.0 km of latitude
const rows = 20_000;
/** Half the diagonal of a cell: how far from its centre somebody in it can be. */
export const cellAccuracyM = 710;
const arriveM = 100;
const leaveM = 150;
const accuracyCapM = 100;

/**
 * The centre of the cell of about 1 km × 1 km that holds a point. The grid is fixed (rows of latitude, each divided
 * into as many columns as its length has kilometres), so a place always gives the same cell, and averaging many
 * fixes tells no more than one.
 */
export function cellCentre(point: Point): Point {
  const row = Math.min(rows - 1, Math.floor((point.latitude + 90) / rowDegrees));
  const latitude = (row + 0.5) * rowDegrees - 90;
  const columns = Math.max(1, Math.round((360 / rowDegrees) * Math.cos((latitude * Math.PI) / 180)));
  const column = Math.floor(((point.longitude + 180) / 360) * columns) % columns;
  const longitude = ((column + 0.5) / columns) * 360 - 180;
  return { latitude: roundTo(latitude, 6), longitude: roundTo(longitude, 6) };
}

function roundTo(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** Great-circle distance in metres. Rounding can push antipodal points past the formula's domain: they are half a turn apart. */
export function distanceM(from: Point, to: Point): number {
  const metres = distance([from.longitude, from.latitude], [to.longitude, to.latitude], { units: "meters" });
  return Number.isNaN(metres) ? halfTurnM : metres;
}

const halfTurnM = Math.PI * 6_371_008.8;

export interface Travel {
  id: UserId;
  username: string;
  precision: Precision;
  fix: Fix;
  place: Point | null;
  /** Whether this person counted as arrived when last looked at. */
  wasArrived: boolean;
}

/** Arrived at 100 m, gone again only beyond 150 m, each widened by the fix's accuracy up to 100 m. */
export function isArrived({
  fix,
  place,
  wasArrived,
}: Omit<Travel, "id" | "username" | "precision">): boolean {
  if (place === null) return false;
  const slackM = Math.min(fix.accuracy ?? 0, accuracyCapM);
  return distanceM(fix, place) <= (wasArrived ? leaveM : arriveM) + slackM;
}

/** The row that everybody entitled gets. With `coarse` precision everything in it derives from the cell. */
export function positionRow(travel: Travel, now: number): PositionRow {
  const exact = travel.precision === "exact";
  const point = exact ? travel.fix : cellCentre(travel.fix);
  return {
    id: travel.id,
    username: travel.username,
    latitude: toWireNumber(point.latitude),
    longitude: toWireNumber(point.longitude),
    accuracy: exact ? travel.fix.accuracy : cellAccuracyM,
    at_ms: travel.fix.at_ms,
    state: travelState(travel, now),
    distance_m: travel.place === null ? null : roundedDistanceM(point, travel.place, exact ? 1 : 1_000),
    eta_s: null,
  };
}

function travelState(travel: Travel, now: number): "stale" | "arrived" | "travelling" {
  if (now - travel.fix.at_ms > staleMs) return "stale";
  return travel.precision === "exact" && isArrived(travel) ? "arrived" : "travelling";
}

function roundedDistanceM(point: Point, place: Point, step: number): number {
  return Math.round(distanceM(point, place) / step) * step;
}
