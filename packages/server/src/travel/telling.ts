import { type EventId, eventStream, type UserId, userStream } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { isParticipant } from "../events/rules.ts";
import { requireParticipant } from "../events/service.ts";
import { occurrenceIn } from "../lib/ids.ts";
import { isSharing, openWindow, shownFrom } from "../location/rules.ts";
import { changeSharing } from "../location/sharing.ts";
import { append, appendToAll } from "../streams/service.ts";
import { learnDetour } from "./detours.ts";
import { knownPoints, type Traveller } from "./journeys.ts";
import type { Pace } from "./pace-rules.ts";
import { afterArrivalMs, isAboutPlace, type Told, untold, type Word } from "./rules.ts";
import { findTraveller, listOthers, listSeers, type TravellerRow, upsertJourney } from "./store.ts";

/** Of an event that has a time and a place, somebody who goes there. */
export interface Going {
  readonly row: TravellerRow;
  readonly event: EventId;
  readonly user: UserId;
  readonly startMs: number;
  readonly place: { latitude: number; longitude: number };
  readonly told: Told;
}

/** Null where there is nothing to go to, or nobody who goes. */
export function goingOf(row: TravellerRow | undefined): Going | null {
  if (row === undefined || row.cancelled === 1 || row.kind === "series" || row.start_ms === null) return null;
  const { place_latitude: latitude, place_longitude: longitude, event_id: event, user_id: user } = row;
  if (latitude === null || longitude === null) return null;
  const member = { state: row.member_state, delivered: row.delivered, rsvp: row.rsvp };
  if (!isParticipant(member) || row.rsvp !== "accepted") return null;
  const place = { latitude, longitude };
  return { row, event, user, startMs: row.start_ms, place, told: toldOf(row) };
}

/** With another start or place everything begins anew. */
function toldOf(row: TravellerRow): Told {
  const same =
    row.journey_start_ms === row.start_ms &&
    row.journey_latitude === row.place_latitude &&
    row.journey_longitude === row.place_longitude;
  if (!same) return untold;
  const { leave_told_ms, late_s, late_told_ms, arrived_ms } = row;
  return { leave_told_ms, late_s, late_told_ms, arrived_ms };
}

/** As the one whose points count, while they share; null while nobody may see them. */
export function travellerOf({ row, event, user, place, startMs }: Going, now: number): Traveller | null {
  const window = openWindow(row, now);
  const { state, since_ms, until_ms } = row;
  if (window === null || state === null) return null;
  if (!isSharing({ state, since_ms, until_ms }, now)) return null;
  return { event, user, fromMs: shownFrom({ state, since_ms, until_ms }, window), place, startMs };
}

/**
 * Writes what is to be told, if in the unit that writes it there still is something to tell: two that come to the same
 * end at once tell it once, and nobody is told of who has stopped sharing meanwhile.
 */
export async function tell(
  ctx: Context,
  { event, user }: Going,
  decide: (going: Going, now: number) => Word | null,
  pace: Pace | null = null,
): Promise<Word | null> {
  return ctx.db.write(async (tx) => {
    const going = goingOf(await findTraveller(tx.sql, event, user));
    const word = going === null ? null : decide(going, ctx.clock.now());
    if (going === null || word === null) return null;
    await note(tx, going, word.told);
    await report(ctx, tx, going, word);
    if (word.code === "arrived" && pace !== null) await learnDetour(ctx, tx, user, pace);
    return word;
  });
}

async function note(tx: Tx, { event, user, startMs, place }: Going, told: Told): Promise<void> {
  await upsertJourney(tx.sql, {
    event_id: event,
    user_id: user,
    start_ms: startMs,
    place_latitude: place.latitude,
    place_longitude: place.longitude,
    ...told,
  });
}

/**
 * Into the event's log goes what everybody in it may hear. Everything else goes to the logs of those who may: numbers that
 * an event's log skips would tell whoever moves its start or place how far away somebody is.
 */
async function report(ctx: Context, tx: Tx, { event, user, row }: Going, word: Word): Promise<void> {
  const { code, late_s, margin_s, leave_in_s } = word;
  const data = {
    user,
    code,
    ...(late_s === undefined ? {} : { late_s }),
    ...(margin_s === undefined ? {} : { margin_s }),
    ...(leave_in_s === undefined ? {} : { leave_in_s }),
  };
  const seers = code === "leave_now" ? [] : await listSeers(tx.sql, event, user);
  const others = seers.length === 0 ? [] : await listOthers(tx.sql, row.group_id, user);
  const seeing = new Set(seers);
  if (others.length > 0 && others.every((other) => seeing.has(other))) {
    await append(ctx, tx, eventStream(row.group_id), "travel", { ...data, ...occurrenceIn(event) });
    return;
  }
  const hearers = [user, ...others.filter((other) => seeing.has(other))];
  await appendToAll(ctx, tx, hearers.map(userStream), "travel", { ...data, event });
}

/** Whether sharing that was to end with the arrival is due to: not what was turned on again since. */
export function isDone(ctx: Context, going: Going, now: number): boolean {
  const { row, told, place } = going;
  const { arrived_ms } = told;
  const traveller = row.until_arrival === 1 ? travellerOf(going, now) : null;
  if (traveller === null) return false;
  if (row.precision !== "exact") return isAboutPlace(knownPoints(ctx, traveller), place, now);
  if (arrived_ms === null) return false;
  return now - arrived_ms >= afterArrivalMs && (row.since_ms ?? now) <= arrived_ms;
}

/** The same as if the person had turned it off. */
export async function endSharing(ctx: Context, { event, user }: Going): Promise<void> {
  await ctx.db.write(async (tx) => {
    const going = goingOf(await findTraveller(tx.sql, event, user));
    if (going === null || !isDone(ctx, going, ctx.clock.now())) return;
    const participant = await requireParticipant(tx.sql, user, event);
    await changeSharing(ctx, tx, participant, { state: "off" });
  });
}
