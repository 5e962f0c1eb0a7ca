import {
  type IncomingShare,
  limits,
  type OutgoingShare,
  type OwnFix,
  type Precision,
  type UserId,
  userStream,
} from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { areFriends, isBlockedBetween } from "../friends/relations.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { append } from "../streams/service.ts";
import { endFriendShare } from "./share-ends.ts";
import { isShareEnd } from "./share-rules.ts";
import { countOpenShares, findShare, listIncoming, listOutgoing, upsertShare } from "./share-store.ts";

/** Where a friend who shows it to the caller is. */
export type FriendPosition = OwnFix;

export interface ShareInput {
  /** Unix seconds. */
  until: number;
  precision?: Precision | undefined;
}

/** Shows the caller's position to a friend for a time; again: another end. */
export async function setShare(
  ctx: Context,
  viewer: Viewer,
  friend: UserId,
  input: ShareInput,
): Promise<OutgoingShare> {
  await ctx.db.write((tx) => storeShare(ctx, tx, viewer.id, friend, input));
  const share = (await sharesOf(ctx, viewer.id)).outgoing.find(({ user }) => user.id === friend);
  // It was ended by another call before this one could be answered.
  if (share === undefined) throw notFound();
  return share;
}

async function storeShare(ctx: Context, tx: Tx, user: UserId, friend: UserId, input: ShareInput) {
  const isFriend = await areFriends(tx.sql, user, friend);
  if (!isFriend || (await isBlockedBetween(tx.sql, user, friend))) throw notFound();
  const now = ctx.clock.now();
  const until_ms = Math.round(input.until * 1_000);
  if (!isShareEnd(until_ms, now)) throw outOfRange();
  const before = await findShare(tx.sql, user, friend);
  const open = before !== undefined && before.until_ms > now ? before : null;
  if (open === null && (await countOpenShares(tx.sql, user, now)) >= limits.openShares)
    throw new AppError("limit_exceeded", { detail: "There are as many open shares as possible" });
  // Another end alone must not show more than was agreed to.
  const precision = input.precision ?? open?.precision ?? "exact";
  await upsertShare(tx.sql, {
    user_id: user,
    friend_id: friend,
    precision,
    since_ms: open?.since_ms ?? now,
    until_ms,
    viewed_ms: open?.viewed_ms ?? null,
  });
  const data = { from: user, to: friend, until_ms, precision };
  await append(ctx, tx, userStream(user), "share", data);
  await append(ctx, tx, userStream(friend), "share", data);
  tx.onCommit(() => ctx.bus.publish({ type: "share_changed", user, friend }));
}

function outOfRange(): AppError {
  const message = "must be 15 minutes to 8 hours from now";
  return new AppError("invalid_input", { detail: `until ${message}`, errors: [{ path: "until", message }] });
}

/** Ends it at once; success also where there was none. */
export async function endShare(ctx: Context, viewer: Viewer, friend: UserId): Promise<void> {
  await ctx.db.write((tx) => endFriendShare(ctx, tx, viewer.id, friend));
}

export async function sharesOf(
  ctx: Context,
  user: UserId,
): Promise<{ outgoing: OutgoingShare[]; incoming: IncomingShare[] }> {
  const now = ctx.clock.now();
  const [outgoing, incoming] = await Promise.all([
    listOutgoing(ctx.db.read, user, now),
    listIncoming(ctx.db.read, user, now),
  ]);
  return { outgoing: outgoing.map(withUser), incoming: incoming.map(withUser) };
}

function withUser<T extends { id: UserId; username: string }>({ id, username, ...rest }: T) {
  return { user: { id, username }, ...rest };
}
