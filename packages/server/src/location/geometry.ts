import {
  type PositionRow,
  type Precision,
  toWireNumber,
  type TravelMode,
  type UserId,
} from "@jarvis/contract";
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

/** How somebody gets on, as `travel/` reckons it from their points, or of `coarse` from the cells of these. */
export interface Progress {
  distance_m: number | null;
  speed: number | null;
  mode: TravelMode | null;
  eta_s: number | null;
  eta_margin_s: number | null;
  arrived: boolean;
}

export interface Travel {
  id: UserId;
  username: string;
  precision: Precision;
  fix: Fix & { battery: number | null };
  place: Point | null;
  progress: Progress;
}

/** The row that everybody entitled gets. With `coarse` precision everything in it derives from the cell. */
export function positionRow(travel: Travel, now: number): PositionRow {
  const { progress } = travel;
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
    distance_m: distanceTold(travel, point),
    speed: exact ? progress.speed : null,
    mode: exact ? progress.mode : null,
    battery: exact ? batteryTold(travel.fix) : null,
    eta_s: progress.eta_s,
    eta_margin_s: progress.eta_margin_s,
  };
}

function batteryTold({ battery }: Travel["fix"]): number | null {
  return battery === null ? null : Math.round(battery);
}

function travelState({ fix, precision, progress }: Travel, now: number): "stale" | "arrived" | "travelling" {
  if (now - fix.at_ms > staleMs) return "stale";
  return precision === "exact" && progress.arrived ? "arrived" : "travelling";
}

function distanceTold({ precision, place, progress }: Travel, point: Point): number | null {
  if (place === null) return null;
  if (precision === "coarse") return roundedDistanceM(point, place, 1_000);
  return progress.distance_m ?? roundedDistanceM(point, place, 1);
}

function roundedDistanceM(point: Point, place: Point, step: number): number {
  return Math.round(distanceM(point, place) / step) * step;
}
