import type { EventId, FixInput, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { eventFacts, requireParticipant } from "../events/service.ts";
import { AppError } from "../lib/app-error.ts";
import type { PutOutcome, TrackPoint } from "../lib/tracks.ts";
import { findSharing } from "./consent-store.ts";
import { fixTime, isSharing, openWindow } from "./rules.ts";
import { changeSharing, requireGoing } from "./sharing.ts";
import { upsertFix } from "./store.ts";

export type FixOutcome = PutOutcome | "future";

export interface UploadOptions {
  /** `false`: on the disk within a second, and not before this resolves. */
  readonly durable?: boolean;
  /** Asked in the unit that stores: throws where the sender has lost the right to. */
  readonly allow?: (tx: Tx) => Promise<void>;
}

/** Stores a fix: for one event alone, or with `null` wherever its author shares. Resolves once it is on the disk. */
export async function uploadFix(
  ctx: Context,
  user: UserId,
  input: FixInput,
  event: EventId | null,
): Promise<void> {
  const [uploaded] = await uploadFixes(ctx, user, [input], event);
  if (uploaded?.outcome === "future")
    throw new AppError("invalid_input", { detail: "at lies more than 60 s in the future" });
}

/** Takes points of one person in any order, a phone's backlog. Resolves once what counts of them is on the disk. */
export async function uploadFixes(
  ctx: Context,
  user: UserId,
  inputs: readonly FixInput[],
  event: EventId | null,
  options: UploadOptions = {},
): Promise<{ outcome: FixOutcome }[]> {
  const now = ctx.clock.now();
  const points = inputs.map((input) => pointOf(input, now));
  const outcomes: { outcome: FixOutcome }[] = points.map(() => ({ outcome: "future" }));
  if (points.every((point) => point === null)) return outcomes;
  await ctx.db.write(async (tx) => {
    await options.allow?.(tx);
    if (event !== null) await allowEventFix(ctx, tx, user, event, now);
    for (const [index, point] of points.entries())
      if (point !== null) outcomes[index] = { outcome: await storeFix(ctx, tx, user, event, point) };
  });
  return outcomes;
}

async function storeFix(ctx: Context, tx: Tx, user: UserId, event: EventId | null, point: TrackPoint) {
  const outcome = ctx.tracks.weigh(user, event ?? "", point);
  const isNewest = await upsertFix(tx.sql, { user_id: user, event_id: event ?? "", ...point });
  tx.onCommit(() => {
    ctx.tracks.put(user, event ?? "", point, true);
    if (isNewest) ctx.bus.publish({ type: "moved", user, event });
  });
  return outcome;
}

export function pointOf(input: FixInput, now: number): TrackPoint | null {
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
