import type { EventId, FixInput, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { eventFacts, requireParticipant } from "../events/service.ts";
import { AppError } from "../lib/app-error.ts";
import type { PutOutcome, TrackPoint } from "../lib/tracks.ts";
import { findSharing } from "./consent-store.ts";
import { keepsPath } from "./consents.ts";
import { type Live, liveOf } from "./live.ts";
import { fixTime, isGoing, isSharing, openWindow } from "./rules.ts";
import { changeSharing, requireGoing } from "./sharing.ts";
import { isPerson, upsertFixes } from "./store.ts";

export type FixOutcome = PutOutcome | "future";

/** Throws where the sender has lost the right to send, whatever was waited for since. */
export interface UploadGuard {
  /** Asked in the unit that stores. */
  inUnit(tx: Tx): Promise<void>;
  /** Asked right before memory takes it. */
  atOnce(): void;
}

interface UploadOptions {
  /** `false`: it counts at once, and is on the disk within a second. */
  readonly durable?: boolean;
  readonly guard?: UploadGuard;
}

/** Takes a fix: for one event alone, or with `null` wherever its author shares. Resolves once it is on the disk. */
export async function uploadFix(
  ctx: Context,
  user: UserId,
  input: FixInput,
  event: EventId | null,
): Promise<void> {
  await uploadAll(ctx, user, [requirePoint(ctx, input)], event);
}

/**
 * Takes a fix that nobody is told is stored: it counts at once, and is on the disk within a second. Where what that needs
 * is in memory it does so synchronously.
 */
export function uploadSoon(
  ctx: Context,
  user: UserId,
  input: FixInput,
  event: EventId | null,
): Promise<void> | undefined {
  const point = requirePoint(ctx, input);
  const live = liveOf(ctx);
  if (event !== null) {
    if (!mayTake(ctx, live, user, event)) return uploadFix(ctx, user, input, event);
    live.take(user, event, point, true);
    return undefined;
  }
  const shared = live.consents.peek(user);
  if (shared === undefined)
    return uploadFixes(ctx, user, [input], null, { durable: false }).then(() => undefined);
  live.take(user, null, point, keepsPath(shared));
  return undefined;
}

function requirePoint(ctx: Context, input: FixInput): TrackPoint {
  const point = pointOf(input, ctx.clock.now());
  if (point === null) throw new AppError("invalid_input", { detail: "at lies more than 60 s in the future" });
  return point;
}

/** Whether memory alone says that a fix for this event would be taken: consent is on, and what that needs. */
function mayTake(ctx: Context, { sights }: Live, user: UserId, event: EventId): boolean {
  const sight = sights.peek(event);
  const [person, sharer] = [sight?.people.get(user), sight?.sharers.get(user)];
  if (sight === undefined || person === undefined || sharer === undefined || !isGoing(person)) return false;
  const now = ctx.clock.now();
  return openWindow(sight.times, now) !== null && isSharing(sharer.consent, now);
}

/**
 * Takes points of one person in any order, a phone's backlog. Resolves once what counts of them is on the disk; with
 * `durable: false` it is within a second.
 */
export async function uploadFixes(
  ctx: Context,
  user: UserId,
  inputs: readonly FixInput[],
  event: EventId | null,
  { durable = true, guard }: UploadOptions = {},
): Promise<{ outcome: FixOutcome }[]> {
  const now = ctx.clock.now();
  const points = inputs.map((input) => pointOf(input, now));
  const made = points.filter((point) => point !== null);
  if (made.length === 0) return points.map(() => ({ outcome: "future" }));
  const taken =
    durable || event !== null ? uploadAll(ctx, user, made, event, guard) : takeAll(ctx, user, made, guard);
  const outcomes = (await taken).values();
  return points.map((point) => ({ outcome: point === null ? "future" : (outcomes.next().value ?? "older") }));
}

async function takeAll(
  ctx: Context,
  user: UserId,
  points: readonly TrackPoint[],
  guard: UploadGuard | undefined,
): Promise<PutOutcome[]> {
  const { live, keep } = await known(ctx, user);
  guard?.atOnce();
  live.requirePresent(user);
  return points.map((point) => live.take(user, null, point, keep));
}

/** On the disk before it counts: were it the other way round, a phone that is told of a failure would send a duplicate. */
async function uploadAll(
  ctx: Context,
  user: UserId,
  points: readonly TrackPoint[],
  event: EventId | null,
  guard?: UploadGuard,
): Promise<PutOutcome[]> {
  const { live, keep } = await known(ctx, user);
  const newest = points.reduce((a, b) => (b.at_ms >= a.at_ms ? b : a));
  if (event === null && ctx.tracks.weigh(user, "", newest) !== "newest") {
    await live.settle(user, "");
    guard?.atOnce();
    live.requirePresent(user);
    return points.map((point) => ctx.tracks.put(user, "", point, keep));
  }
  return ctx.db.write(async (tx) => {
    await guard?.inUnit(tx);
    if (event !== null) await allowEventFix(ctx, tx, user, event, newest.received_ms);
    const isStored = (await upsertFixes(tx.sql, [{ user_id: user, event_id: event ?? "", ...newest }])) > 0;
    // The account may have been erased since this call was let in: memory must not keep what the store does not.
    if (!isStored && !(await isPerson(tx.sql, user))) throw new AppError("unauthenticated");
    const outcomes: PutOutcome[] = [];
    tx.onCommit(() => {
      live.written(user, event ?? "", newest);
      const counts = keep || event !== null;
      for (const point of points) outcomes.push(ctx.tracks.put(user, event ?? "", point, counts));
      if (outcomes.includes("newest")) ctx.bus.publish({ type: "moved", user, event });
    });
    return outcomes;
  });
}

/** What has to be in memory of somebody whose fix is to be taken into it: their newest, and whether they share. */
async function known(ctx: Context, user: UserId): Promise<{ live: Live; keep: boolean }> {
  const live = liveOf(ctx);
  await live.recall([user]);
  return { live, keep: keepsPath(await live.consents.of(user)) };
}

function pointOf(input: FixInput, now: number): TrackPoint | null {
  const at = fixTime(input, now);
  if (at === null) return null;
  return {
    latitude: input.latitude,
    longitude: input.longitude,
    accuracy: input.accuracy ?? null,
    altitude: input.altitude ?? null,
    speed: input.speed ?? null,
    heading: input.heading ?? null,
    battery: input.battery ?? null,
    at_ms: at,
    received_ms: now,
  };
}

/** The first fix for an event is consent; after a pause, or when consent was withdrawn or has run out, none is taken. */
async function allowEventFix(ctx: Context, tx: Tx, user: UserId, event: EventId, now: number): Promise<void> {
  const participant = await requireParticipant(tx.sql, user, event);
  requireGoing(participant);
  const isOpen = openWindow(await eventFacts(tx.sql, event), now) !== null;
  if (participant.cancelled || !isOpen) throw new AppError("outside_window");
  const consent = await findSharing(tx.sql, event, user);
  // Consent begins with the fix that gives it: begun later, by the time the unit takes, it would hide that fix.
  if (consent === undefined) await changeSharing(ctx, tx, participant, { state: "on" }, now);
  else if (!isSharing(consent, now)) throw new AppError("sharing_off");
}
