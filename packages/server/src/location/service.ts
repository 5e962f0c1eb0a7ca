import { type EventId, type FixInput, type OwnFix, toWireNumber, type UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { eventFacts, requireParticipant } from "../events/service.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { findSharing } from "./consent-store.ts";
import { fixTime, isSharing, keptMs, openWindow } from "./rules.ts";
import { changeSharing, requireGoing } from "./sharing.ts";
import { findOwnFix, upsertFix } from "./store.ts";

export { listPositions, positionFor, positionOf, recordViews, sharedEvents } from "./positions.ts";
export { purgeEventFixes, purgeLocations } from "./purge.ts";

/** Stores a fix: for one event alone, or with `null` wherever its author shares. Resolves once it is on the disk. */
export async function uploadFix(
  ctx: Context,
  user: UserId,
  input: FixInput,
  event: EventId | null,
): Promise<void> {
  const now = ctx.clock.now();
  const at = fixTime(input, now);
  if (at === null) throw new AppError("invalid_input", { detail: "at lies more than 60 s in the future" });
  await ctx.db.write(async (tx) => {
    if (event !== null) await allowEventFix(ctx, tx, user, event, now);
    await storeFix(ctx, tx, { user, event, input, at, now });
  });
}

interface Upload {
  user: UserId;
  event: EventId | null;
  input: FixInput;
  at: number;
  now: number;
}

async function storeFix(ctx: Context, tx: Tx, { user, event, input, at, now }: Upload): Promise<void> {
  const isNewest = await upsertFix(tx.sql, {
    user_id: user,
    event_id: event ?? "",
    latitude: input.latitude,
    longitude: input.longitude,
    accuracy: input.accuracy ?? null,
    altitude: input.altitude ?? null,
    speed: input.speed ?? null,
    heading: input.heading ?? null,
    battery: input.battery ?? null,
    at_ms: at,
    received_ms: now,
  });
  if (isNewest) tx.onCommit(() => ctx.bus.publish({ type: "moved", user, event }));
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

/** Where the caller was within so many milliseconds, for what only they are answered. */
export function findOwnPosition(ctx: Context, user: UserId, withinMs: number) {
  return findOwnFix(ctx.db.read, user, ctx.clock.now() - withinMs);
}

/** The caller's own newest fix, whatever it was made for, for 24 hours. */
export async function ownFix(ctx: Context, user: UserId): Promise<OwnFix> {
  const fix = await findOwnFix(ctx.db.read, user, ctx.clock.now() - keptMs);
  if (fix === undefined) throw notFound();
  return {
    latitude: toWireNumber(fix.latitude),
    longitude: toWireNumber(fix.longitude),
    accuracy: fix.accuracy,
    altitude: fix.altitude,
    speed: fix.speed,
    heading: fix.heading,
    battery: fix.battery,
    at_ms: fix.at_ms,
  };
}
