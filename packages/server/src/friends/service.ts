import { type FriendRequests, type UserId, type UserRef, userStream } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql, Tx } from "../db/database.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { isId } from "../lib/ids.ts";
import { endSharesBetween } from "../location/share-ends.ts";
import { append } from "../streams/service.ts";
import { areFriends, canSee, isBlockedBetween } from "./relations.ts";
import { answerOutcome, askingOutcome, isFriendsLimitReached, withdrawal } from "./rules.ts";
import {
  countFriends,
  deleteFriendship,
  deleteRequest,
  findRequest,
  findUser,
  insertFriendship,
  listFriends,
  listIncoming,
  listOutgoing,
  upsertRequest,
} from "./store.ts";

/** Where a path or a body says who acts, it must be the caller; of somebody else it tells only what the caller may know. */
export async function requireSelf(ctx: Context, viewer: Viewer, id: UserId): Promise<void> {
  if (id === viewer.id) return;
  if (isId(id) && (await canSee(ctx.db.read, viewer.id, id))) throw new AppError("forbidden");
  throw notFound();
}

export async function requireUser(sql: Sql, id: UserId): Promise<void> {
  if (!isId(id) || (await findUser(sql, id)) === undefined) throw notFound();
}

/** Asks `to`. Declined, blocked and asked before all look alike to the one who asks. */
export function requestFriend(ctx: Context, viewer: Viewer, to: UserId): Promise<"pending" | "accepted"> {
  if (to === viewer.id) throw new AppError("invalid_input", { detail: "You cannot ask yourself" });
  return ctx.db.write(async (tx) => {
    await requireUser(tx.sql, to);
    // Whose account was erased since the call was let in.
    if ((await findUser(tx.sql, viewer.id)) === undefined) throw new AppError("unauthenticated");
    const now = ctx.clock.now();
    const own = await findRequest(tx.sql, to, viewer.id);
    const standing = {
      friends: await areFriends(tx.sql, viewer.id, to),
      blocked: await isBlockedBetween(tx.sql, viewer.id, to),
      own,
      reverse: await findRequest(tx.sql, viewer.id, to),
    };
    const outcome = askingOutcome(standing, now);
    if (outcome === "already_friends") throw new AppError("already_friends");
    if (outcome === "friendship") return befriend(ctx, tx, viewer.id, to);
    if (outcome !== "unchanged") {
      const state = { open: "pending", hide: "hidden", restore: "declined" } as const;
      const declined_ms = outcome === "open" ? null : (own?.declined_ms ?? null);
      await upsertRequest(tx.sql, {
        to_id: to,
        from_id: viewer.id,
        state: state[outcome],
        created_ms: now,
        declined_ms,
      });
    }
    if (outcome === "open")
      await append(ctx, tx, userStream(to), "friend_request", { from: viewer.id, state: "open" });
    if (outcome !== "unchanged") await reportOwn(ctx, tx, viewer.id, to, "open");
    return "pending";
  });
}

/** To the asker's own devices: what looks open to them, whether it reached the other or not. */
export async function reportOwn(
  ctx: Context,
  tx: Tx,
  from: UserId,
  to: UserId,
  state: "open" | "withdrawn",
): Promise<void> {
  await append(ctx, tx, userStream(from), "friend_request", { from, to, state });
}

async function befriend(ctx: Context, tx: Tx, a: UserId, b: UserId): Promise<"accepted"> {
  for (const id of [a, b]) {
    if (isFriendsLimitReached(await countFriends(tx.sql, id)))
      throw new AppError("limit_exceeded", { detail: "One of you has as many friends as possible" });
  }
  await deleteRequest(tx.sql, a, b);
  await deleteRequest(tx.sql, b, a);
  await insertFriendship(tx.sql, a, b, ctx.clock.now());
  await append(ctx, tx, userStream(a), "friend", { user: b, state: "added" });
  await append(ctx, tx, userStream(b), "friend", { user: a, state: "added" });
  return "accepted";
}

/** Takes the own request back. There is always success: whether there was one to somebody is nobody else's business. */
export function withdrawRequest(ctx: Context, viewer: Viewer, to: UserId): Promise<void> {
  return ctx.db.write(async (tx) => {
    await takeBack(ctx, tx, viewer.id, to);
  });
}

export async function takeBack(ctx: Context, tx: Tx, from: UserId, to: UserId): Promise<void> {
  const request = await findRequest(tx.sql, to, from);
  const outcome = withdrawal(request);
  if (request === undefined || outcome === "unchanged") return;
  if (outcome === "remember") await upsertRequest(tx.sql, { ...request, state: "withdrawn" });
  else await deleteRequest(tx.sql, to, from);
  if (request.state === "pending")
    await append(ctx, tx, userStream(to), "friend_request", { from, state: "withdrawn" });
  await reportOwn(ctx, tx, from, to, "withdrawn");
}

export function answerRequest(
  ctx: Context,
  viewer: Viewer,
  from: UserId,
  answer: "accept" | "decline",
): Promise<"accepted" | "declined"> {
  return ctx.db.write(async (tx) => {
    const request = await findRequest(tx.sql, viewer.id, from);
    const outcome = answerOutcome(answer, request, await areFriends(tx.sql, viewer.id, from));
    if (outcome === undefined) throw notFound();
    if (outcome === "friendship") return befriend(ctx, tx, viewer.id, from);
    if (outcome === "decline" && request !== undefined) {
      await upsertRequest(tx.sql, { ...request, state: "declined", declined_ms: ctx.clock.now() });
      await append(ctx, tx, userStream(viewer.id), "friend_request", { from, state: "declined" });
    }
    return answer === "accept" ? "accepted" : "declined";
  });
}

export async function openRequests(ctx: Context, viewer: Viewer): Promise<FriendRequests> {
  const [incoming, outgoing] = await Promise.all([
    listIncoming(ctx.db.read, viewer.id),
    listOutgoing(ctx.db.read, viewer.id),
  ]);
  return { incoming, outgoing };
}

/** Friends in the order of their ids, from after `after` on. */
export function friendsOf(ctx: Context, viewer: Viewer, after: string, limit: number): Promise<UserRef[]> {
  return listFriends(ctx.db.read, viewer.id, after, limit);
}

/** Ends a friendship on both sides; success also where there was none. */
export function removeFriend(ctx: Context, viewer: Viewer, other: UserId): Promise<void> {
  return ctx.db.write(async (tx) => {
    await endFriendship(ctx, tx, viewer.id, other);
  });
}

export async function endFriendship(ctx: Context, tx: Tx, a: UserId, b: UserId): Promise<void> {
  // Whatever the one shows the other ends with it, also where a call that was under way has left it behind.
  await endSharesBetween(ctx, tx, a, b);
  if (!(await deleteFriendship(tx.sql, a, b))) return;
  await append(ctx, tx, userStream(a), "friend", { user: b, state: "removed" });
  await append(ctx, tx, userStream(b), "friend", { user: a, state: "removed" });
}
