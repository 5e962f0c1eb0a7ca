import { type PositionRow, toWireNumber, type TrailPoint, type UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { TrackPoint } from "../lib/tracks.ts";
import { progressOf } from "../travel/progress.ts";
import { cellAccuracyM, cellCentre, positionRow } from "./geometry.ts";
import { madeSince, openWindow, shownFix, shownFrom, sightAt } from "./rules.ts";
import type { EventSight, Sharer, Viewing } from "./sight.ts";

const trailMs = 30 * 60_000;
const trailPoints = 120;

/**
 * What one viewer is shown of one sharer at this instant; null for nothing. The only place where a row is made: of the
 * newest fix of the present consent, the place, and what memory has of the way there (`pointsShown`).
 */
export function rowAt(ctx: Context, sight: EventSight, sharer: Sharer, viewing: Viewing): PositionRow | null {
  const now = ctx.clock.now();
  const shows = sightAt(viewing, now);
  return rowOf(ctx, sight, sharer, shows, shows === "position" ? fixAt(ctx, sight, sharer, now) : null, now);
}

/** The same where it is known what is shown at this instant, `now`, and of which fix. */
export function rowOf(
  ctx: Context,
  sight: EventSight,
  sharer: Sharer,
  shows: ReturnType<typeof sightAt>,
  fix: TrackPoint | null,
  now: number,
): PositionRow | null {
  const { id, username, consent } = sharer;
  if (shows === "paused") return { id, username, state: "paused" };
  if (shows === "nothing" || fix === null) return null;
  const { place } = sight;
  const progress = progressAt(ctx, sight, sharer, now);
  return positionRow({ id, username, precision: consent.precision, fix, place, progress }, now);
}

/** The place alone of such a row, with what it derives from: for whoever is shown nothing else. */
export interface ShownPoint {
  readonly id: UserId;
  readonly username: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly accuracy: number | null;
  /** In percent; null of `coarse`, as in a row. */
  readonly battery: number | null;
  readonly at_ms: number;
}

export function pointAt(
  ctx: Context,
  sight: EventSight,
  sharer: Sharer,
  viewing: Viewing,
  now: number,
): ShownPoint | null {
  return sightAt(viewing, now) === "position" ? pointOf(ctx, sight, sharer, now) : null;
}

/** The same for whoever is known to be shown a position at this instant, `now`. */
export function pointOf(ctx: Context, sight: EventSight, sharer: Sharer, now: number): ShownPoint | null {
  const fix = fixAt(ctx, sight, sharer, now);
  if (fix === null) return null;
  const { id, username, consent } = sharer;
  const { latitude, longitude, accuracy, at_ms } = fix;
  if (consent.precision === "coarse")
    return { id, username, ...cellCentre(fix), accuracy: cellAccuracyM, battery: null, at_ms };
  return { id, username, latitude, longitude, accuracy, battery: fix.battery, at_ms };
}

/** The fix that the consent of this moment shows. */
export function fixAt(ctx: Context, sight: EventSight, sharer: Sharer, now: number): TrackPoint | null {
  const window = openWindow(sight.times, now);
  if (window === null) return null;
  const own = ctx.tracks.newest(sharer.id, sight.id);
  const general = ctx.tracks.newest(sharer.id, "");
  const fixes: TrackPoint[] = [];
  if (own !== undefined) fixes.push(own);
  if (general !== undefined) fixes.push(general);
  return shownFix(fixes, sharer.consent, window, now);
}

/** All that memory has of this person and event that was made since then, and within consent and window, by time. */
export function pointsShown(
  ctx: Context,
  sight: EventSight,
  sharer: Sharer,
  sinceMs: number,
): readonly TrackPoint[] {
  const now = ctx.clock.now();
  const window = openWindow(sight.times, now);
  if (window === null) return [];
  const fromMs = Math.max(shownFrom(sharer.consent, window), sinceMs, now - trailMs);
  const own = ctx.tracks.recent(sharer.id, sight.id, fromMs);
  const general = ctx.tracks.recent(sharer.id, "", fromMs);
  const points = own.length === 0 ? general : general.length === 0 ? own : merged(own, general);
  return points.filter((point) => madeSince(point, fromMs)).slice(-trailPoints);
}

function merged(a: readonly TrackPoint[], b: readonly TrackPoint[]): TrackPoint[] {
  return [...a, ...b].toSorted((x, y) => x.at_ms - y.at_ms);
}

/** Where somebody who is seen now has been, since the viewer came into the audience; null where they are not seen. */
export function trailAt(
  ctx: Context,
  sight: EventSight,
  sharer: Sharer,
  viewing: Viewing,
): TrailPoint[] | null {
  const now = ctx.clock.now();
  if (sightAt(viewing, now) !== "position" || fixAt(ctx, sight, sharer, now) === null) return null;
  const points = pointsShown(ctx, sight, sharer, viewing.sinceMs);
  return sharer.consent.precision === "exact" ? points.map(trailPoint) : cells(points);
}

function trailPoint({ latitude, longitude, accuracy, at_ms }: TrackPoint): TrailPoint {
  return { latitude: toWireNumber(latitude), longitude: toWireNumber(longitude), accuracy, at_ms };
}

/** Each cell once until it is left. */
function cells(points: readonly TrackPoint[]): TrailPoint[] {
  const trail: TrailPoint[] = [];
  for (const point of points) {
    const cell = trailPoint({ ...point, ...cellCentre(point), accuracy: cellAccuracyM });
    const last = trail.at(-1);
    if (last?.latitude !== cell.latitude || last.longitude !== cell.longitude) trail.push(cell);
  }
  return trail;
}

/** By points of the present consent alone: what was made before it is in nothing that is shown. */
function progressAt(
  ctx: Context,
  { id, place, times }: EventSight,
  { id: user, consent }: Sharer,
  now: number,
) {
  const window = openWindow(times, now);
  const fromMs = window === null ? Number.POSITIVE_INFINITY : shownFrom(consent, window);
  const traveller = { event: id, user, fromMs, place, startMs: times.start_ms };
  return progressOf(ctx, traveller, consent.precision);
}
