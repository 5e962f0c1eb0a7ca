import { type EventId, eventStream, type UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Sql, Tx } from "../db/database.ts";
import { isAddressOnly } from "../events/rules.ts";
import { type EventParticipant, requireNotCancelled, requireParticipant } from "../events/service.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { isId, occurrenceIn } from "../lib/ids.ts";
import { append } from "../streams/service.ts";
import { findRequest, findTarget, listRequests, type RequestRow, updateRequest } from "./request-store.ts";
import { isGoing, stateOf } from "./rules.ts";
import { changeSharing, requireGoing } from "./sharing.ts";
import { findConsentTo } from "./store.ts";

/** Asks one accepted person to share. Blocked from them, or declined before, it looks pending and reaches nobody. */
export function requestLocation(
  ctx: Context,
  user: UserId,
  event: EventId,
  to: UserId,
): Promise<"pending" | "shared"> {
  return ctx.db.write(async (tx) => {
    const asker = await requireParticipant(tx.sql, user, event);
    requireGoing(asker);
    requireNotCancelled(asker);
    const { blocked } = await requireTarget(tx.sql, asker, to);
    if (!blocked && (await isShownTo(ctx, tx.sql, asker, to))) return "shared";
    const known = await findRequest(tx.sql, event, user, to);
    if (blocked || known?.state === "declined") await keepSilent(ctx, tx, asker, to, known);
    else if (known?.state !== "pending") await openRequest(ctx, tx, asker, to);
    return "pending";
  });
}

async function requireTarget(sql: Sql, { event, user }: EventParticipant, to: UserId) {
  if (to === user) throw new AppError("invalid_input", { detail: "Ask somebody else" });
  const target = isId(to) ? await findTarget(sql, event, user, to) : undefined;
  const isKnown = target !== undefined && target.state === "in" && target.delivered === 1;
  if (!isKnown || isAddressOnly(target)) throw notFound();
  if (!isGoing(target)) throw new AppError("forbidden", { detail: "Only people who accepted can be asked" });
  return { blocked: Boolean(target.blocked) };
}

async function isShownTo(ctx: Context, sql: Sql, asker: EventParticipant, sharer: UserId): Promise<boolean> {
  const consent = await findConsentTo(sql, asker.event, sharer, asker.user);
  return consent !== undefined && stateOf(consent, ctx.clock.now()) === "on";
}

async function openRequest(
  ctx: Context,
  tx: Tx,
  { event, group, user }: EventParticipant,
  to: UserId,
): Promise<void> {
  const created_ms = ctx.clock.now();
  const request = { event_id: event, from_id: user, to_id: to, created_ms } as const;
  await updateRequest(tx.sql, { ...request, state: "pending", answered_ms: null });
  const told = { from: user, to, state: "pending", ...occurrenceIn(event) };
  await append(ctx, tx, eventStream(group), "location_request", told);
}

/** A declined request without an answer's time is one that looks open to its author alone. */
async function keepSilent(
  ctx: Context,
  tx: Tx,
  { event, group, user }: EventParticipant,
  to: UserId,
  known: RequestRow | undefined,
): Promise<void> {
  const created_ms = known?.created_ms ?? ctx.clock.now();
  const request = { event_id: event, from_id: user, to_id: to, created_ms } as const;
  await updateRequest(tx.sql, { ...request, state: "declined", answered_ms: null });
  if (known !== undefined && looksOpen(known)) return;
  const told = { from: user, to, state: "pending", only: user, ...occurrenceIn(event) };
  await append(ctx, tx, eventStream(group), "location_request", told);
}

/** Answers a request that is open. Accepting is consent, exactly as if the caller had given it by themselves. */
export function answerLocationRequest(
  ctx: Context,
  user: UserId,
  event: EventId,
  from: UserId,
  answer: "accept" | "decline",
): Promise<"shared" | "declined"> {
  return ctx.db.write(async (tx) => {
    const participant = await requireParticipant(tx.sql, user, event);
    const request = await findRequest(tx.sql, event, from, user);
    if (request?.state !== "pending") throw notFound();
    const state = answer === "accept" ? "shared" : "declined";
    if (state === "shared") {
      requireGoing(participant);
      await changeSharing(ctx, tx, participant, { state: "on" });
    }
    await updateRequest(tx.sql, { ...request, state, answered_ms: ctx.clock.now() });
    const told = { from, to: user, state, ...occurrenceIn(event) };
    await append(ctx, tx, eventStream(participant.group), "location_request", told);
    return state;
  });
}

/** The caller's open requests in an event, both ways. */
export async function listLocationRequests(ctx: Context, user: UserId, event: EventId) {
  await requireParticipant(ctx.db.read, user, event);
  const requests = await listRequests(ctx.db.read, event, user);
  const incoming = requests.filter((request) => request.to_id === user && request.state === "pending");
  const outgoing = requests.filter((request) => request.from_id === user && looksOpen(request));
  return {
    incoming: incoming.map(({ from_id, created_ms }) => ({ id: from_id, created_ms })),
    outgoing: outgoing.map(({ to_id, created_ms }) => ({ id: to_id, created_ms })),
  };
}

function looksOpen({ state, answered_ms }: RequestRow): boolean {
  return state === "pending" || (state === "declined" && answered_ms === null);
}
