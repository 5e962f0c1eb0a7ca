import { limits, type OwnFix, type Precision, toWireNumber } from "@jarvis/contract";
import type { TrackPoint } from "../lib/tracks.ts";
import { cellAccuracyM, cellCentre } from "./geometry.ts";

/** Whether a share may last until then. */
export function isShareEnd(untilMs: number, now: number): boolean {
  const lastsMs = untilMs - now;
  return lastsMs >= limits.shareMinS * 1_000 && lastsMs <= limits.shareMaxS * 1_000;
}

/** What a friend is shown of a fix. Of `coarse` everything derives from the cell, and what does not is null. */
export function friendPosition(fix: TrackPoint, precision: Precision): OwnFix {
  const exact = precision === "exact";
  const point = exact ? fix : cellCentre(fix);
  return {
    latitude: toWireNumber(point.latitude),
    longitude: toWireNumber(point.longitude),
    accuracy: exact ? fix.accuracy : cellAccuracyM,
    altitude: exact ? fix.altitude : null,
    speed: exact ? fix.speed : null,
    heading: exact ? fix.heading : null,
    battery: exact ? fix.battery : null,
    at_ms: fix.at_ms,
  };
}
