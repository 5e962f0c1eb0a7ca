import type { EventId, MeetingPlace, MeetingPoint, UserId } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { eventFacts, readableEvents, requireNotCancelled, requireParticipant } from "../events/service.ts";
import { blockedOf } from "../friends/relations.ts";
import { AppError } from "../lib/app-error.ts";
import { pacer } from "../lib/shared-turns.ts";
import { cellCentre } from "../location/geometry.ts";
import { isGoing, openWindow } from "../location/rules.ts";
import { findOwnPosition, listPositions } from "../location/service.ts";
import { requireGoing } from "../location/sharing.ts";
import { findCandidates, type Venue } from "./proposal-rules.ts";
import { groupTravellers, type Person, rank, renderPlace } from "./rules.ts";
import { isOver, requireOneTime } from "./service.ts";
import type { Point } from "./sphere-rules.ts";
import { asksAtMost, withRoutes } from "./routing.ts";
import { listStarts, listVenues, type StartRow } from "./store.ts";

const attempts = 3;
const defaultLimit = 5;
/** As long as a position is shown to others. */
const ownPositionMs = 10 * 60_000;

/** All that a proposal is made of. */
interface Basis {
  readonly people: readonly Person[];
  readonly venues: readonly Venue[];
}

/**
 * Where to meet. While the search goes on others have their turn: who counts is asked again before it is answered, so
 * that nobody's way is told who has taken theirs back.
 */
export async function getMeetingPoint(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  limit: number = defaultLimit,
): Promise<MeetingPoint> {
  let basis = await readBasis(ctx, viewer, event);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const places = await propose(ctx, basis, limit);
    const present = await readBasis(ctx, viewer, event);
    if (Bun.deepEquals(basis, present))
      return { from: basis.people.map(({ id, source }) => ({ id, source })), places };
    basis = present;
  }
  throw new AppError("unavailable", { detail: "The event's people keep moving" });
}

async function propose(ctx: Context, { people, venues }: Basis, limit: number): Promise<MeetingPlace[]> {
  if (people.length < 2) return [];
  const group = groupTravellers(people);
  const found = await inSlices(ctx, findCandidates(group, venues));
  const routed = await withRoutes(ctx, group, rank(found, Math.max(limit, asksAtMost)));
  return rank(routed, limit).map((candidate) => renderPlace(candidate, people, group.of));
}

async function inSlices<T>(ctx: Context, work: Generator<void, T>): Promise<T> {
  const pace = pacer(ctx);
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await pace();
  }
}

async function readBasis(ctx: Context, viewer: Viewer, event: EventId): Promise<Basis> {
  const { read: sql } = ctx.db;
  const participant = await requireParticipant(sql, viewer.id, event);
  requireGoing(participant);
  requireNotCancelled(participant);
  requireOneTime(participant);
  const events = await readableEvents(sql, viewer.id);
  const venues = (await listVenues(sql, events)).flatMap(({ name, latitude, longitude }) =>
    name === null || latitude === null || longitude === null ? [] : [{ name, latitude, longitude }],
  );
  const isPast = await isOver(sql, participant, ctx.clock.now());
  const positions = await positionsFor(ctx, viewer.id, event);
  const blocked = new Set(await blockedOf(sql, viewer.id));
  const rows = await listStarts(sql, participant);
  const people = rows
    .filter((row) => isGoing(row) && !blocked.has(row.user_id))
    .flatMap((row) => personFrom(row, { isPast, position: positions.get(row.user_id) }) ?? []);
  return { people, venues };
}

function personFrom(
  { user_id: id, latitude, longitude, mode }: StartRow,
  { isPast, position }: { isPast: boolean; position: Point | undefined },
): Person | null {
  if (!isPast && latitude !== null && longitude !== null && mode !== null)
    return { id, source: "start", cell: { latitude, longitude }, mode };
  return position === undefined ? null : { id, source: "position", cell: position, mode: "ride" };
}

/**
 * The cells of whoever shows the viewer their position in this event now, and of the viewer. It goes the way of every
 * look, and is written down like one.
 */
async function positionsFor(ctx: Context, viewer: UserId, event: EventId): Promise<Map<string, Point>> {
  const isOpen = openWindow(await eventFacts(ctx.db.read, event), ctx.clock.now()) !== null;
  const rows = isOpen ? await listPositions(ctx, viewer, event) : [];
  const cells = new Map<string, Point>();
  for (const { id, latitude, longitude } of rows) {
    if (latitude === undefined || longitude === undefined) continue;
    cells.set(id, cellCentre({ latitude: Number(latitude), longitude: Number(longitude) }));
  }
  const own = await findOwnPosition(ctx, viewer, ownPositionMs);
  if (own !== undefined) cells.set(viewer, cellCentre(own));
  return cells;
}
