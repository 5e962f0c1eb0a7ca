import {
  type EventId,
  eventStream,
  type Precision,
  type Sharing,
  type SharingState,
  type UserId,
} from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { isAddressOnly, isParticipant } from "../events/rules.ts";
import { eventFacts, type EventParticipant, requireParticipant } from "../events/service.ts";
import { AppError } from "../lib/app-error.ts";
import { occurrenceIn } from "../lib/ids.ts";
import { append } from "../streams/service.ts";
import { endShare, forgetEventFix } from "./consent.ts";
import { findSharing, findUntilArrival, listOthers, updateAudience, updateSharing } from "./consent-store.ts";
import { liveOf } from "./live.ts";
import { listViewsOf } from "./view-store.ts";
import { announcedState, consentFrom, hasAudience, keepsAudience, stateOf } from "./rules.ts";

export interface SharingChange {
  state: SharingState;
  precision?: Precision | undefined;
  /** Whether it ends soon after arriving; as before, or as the person's setting says, where it is not named. */
  until_arrival?: boolean | undefined;
}

const never = { since_ms: null, until_ms: null };

/** Only people who accepted share and look; others may see the event, so they are told so. */
export function requireGoing(participant: EventParticipant): void {
  if (participant.rsvp !== "accepted") {
    throw new AppError("forbidden", { detail: "Only people who accepted share and see locations" });
  }
}

/** Of a cancelled event, also where its series alone is, nobody shows where they are. */
function requireSharer(participant: EventParticipant): void {
  requireGoing(participant);
  if (participant.cancelled) throw new AppError("outside_window");
}

/** Gives, pauses or withdraws the caller's consent, and answers how it stands then. */
export async function setSharing(
  ctx: Context,
  user: UserId,
  event: EventId,
  change: SharingChange,
): Promise<Sharing> {
  await ctx.db.write(async (tx) => {
    const participant = await requireParticipant(tx.sql, user, event);
    if (change.state === "on") requireSharer(participant); // stopping is open to everybody
    await changeSharing(ctx, tx, participant, change);
  });
  return getSharing(ctx, user, event);
}

/** The change itself, in the unit of work of whatever causes it: a call, the first fix, an accepted request. */
export async function changeSharing(
  ctx: Context,
  tx: Tx,
  { event, group, user }: EventParticipant,
  change: SharingChange,
  now = ctx.clock.now(),
): Promise<void> {
  const stream = eventStream(group);
  const before = await findSharing(tx.sql, event, user);
  await applySharing(ctx, tx, event, user, change, now);
  const after = await findSharing(tx.sql, event, user);
  const told = announcedState(after, now);
  const own = stateOf(after, now);
  if (announcedState(before, now) !== told)
    await append(ctx, tx, stream, "sharing", { user, state: told, ...occurrenceIn(event) });
  // What others are not told, the person's other devices are.
  if (own !== told || (announcedState(before, now) === told && stateOf(before, now) !== own))
    await append(ctx, tx, stream, "sharing", { user, state: own, only: user, ...occurrenceIn(event) });
  tx.onCommit(() => ctx.bus.publish({ type: "sharing_changed", event, user }));
}

async function applySharing(
  ctx: Context,
  tx: Tx,
  event: EventId,
  user: UserId,
  change: SharingChange,
  now: number,
): Promise<void> {
  const previous = await findSharing(tx.sql, event, user);
  const precision = change.precision ?? previous?.precision ?? "exact";
  const untilArrival = flagOf(change.until_arrival) ?? previous?.until_arrival ?? null;
  const values = { event, user, precision, state: change.state, untilArrival, now };
  if (change.state === "on") {
    const interval = consentFrom(await eventFacts(tx.sql, event), previous, now);
    if (interval === null) throw new AppError("outside_window");
    await updateSharing(tx.sql, { ...values, since: interval.fromMs, until: interval.untilMs });
    await updateAudience(tx.sql, {
      event,
      sharer: user,
      since: now,
      keeps: previous !== undefined && keepsAudience(previous, precision, now),
    });
  } else if (change.state === "paused") {
    // Nothing made before a pause is shown after it, so it need not be kept either.
    const { since_ms: since, until_ms: until } = hasAudience(previous, now) ? previous : never;
    await updateSharing(tx.sql, { ...values, since, until });
    await forgetEventFix(ctx, tx, event, user);
  } else {
    await updateSharing(tx.sql, { ...values, since: null, until: null });
    await endShare(ctx, tx, event, user);
  }
}

function flagOf(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

/** The caller's own consent: who may see them, who waits, until when, and who looked. */
export async function getSharing(ctx: Context, user: UserId, event: EventId): Promise<Sharing> {
  await requireParticipant(ctx.db.read, user, event);
  const now = ctx.clock.now();
  const consent = await findSharing(ctx.db.read, event, user);
  await liveOf(ctx).settleLooksAt(user);
  const shown = hasAudience(consent, now) ? await listPeople(ctx, user, event) : [];
  return {
    state: stateOf(consent, now),
    precision: consent?.precision ?? "exact",
    audience: shown.filter(({ audience }) => audience !== null).map(({ id }) => id),
    pending: shown.filter(({ audience }) => audience === null).map(({ id }) => id),
    until_ms: hasAudience(consent, now) ? (consent?.until_ms ?? null) : null,
    viewers: await listViewsOf(ctx.db.read, user, event, now),
    until_arrival: await endsOnArrival(ctx, user, consent?.until_arrival ?? null),
  };
}

async function endsOnArrival(ctx: Context, user: UserId, said: number | null): Promise<boolean> {
  return said === null ? findUntilArrival(ctx.db.read, user) : said === 1;
}

/** Who else is in the event, as far as the caller may know: not whose account holds an address that was invited. */
async function listPeople(ctx: Context, user: UserId, event: EventId) {
  const others = await listOthers(ctx.db.read, event, user);
  return others.filter((person) => isParticipant(person) && !isAddressOnly(person) && !person.blocked);
}
