import { type UserId, type UserRef, userStream } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { AppError } from "../lib/app-error.ts";
import { withdrawBetween } from "../location/consent.ts";
import { append } from "../streams/service.ts";
import { endFriendship, requireUser, takeBack } from "./service.ts";
import { deleteBlock, findRequest, insertBlock, listBlocks, upsertRequest } from "./store.ts";

/** Ends friendship, requests and shares. The other is told of none but the friendship's end. */
export function block(ctx: Context, viewer: Viewer, other: UserId): Promise<void> {
  if (other === viewer.id) throw new AppError("invalid_input", { detail: "You cannot block yourself" });
  return ctx.db.write(async (tx) => {
    await requireUser(tx.sql, other);
    await requireUser(tx.sql, viewer.id); // erased while this call was on its way
    if (!(await insertBlock(tx.sql, viewer.id, other, ctx.clock.now()))) return;
    await endFriendship(ctx, tx, viewer.id, other);
    await takeBack(ctx, tx, viewer.id, other);
    await hideRequest(tx, viewer.id, other);
    await withdrawBetween(ctx, tx, viewer.id, other);
    await append(ctx, tx, userStream(viewer.id), "block", { user: other, state: "on" });
  });
}

/** A request of the blocked person goes on looking open to them: its end would tell of the block. */
async function hideRequest(tx: Tx, to: UserId, from: UserId): Promise<void> {
  const request = await findRequest(tx.sql, to, from);
  if (request?.state === "pending") await upsertRequest(tx.sql, { ...request, state: "hidden" });
}

export function unblock(ctx: Context, viewer: Viewer, other: UserId): Promise<void> {
  return ctx.db.write(async (tx) => {
    if (await deleteBlock(tx.sql, viewer.id, other))
      await append(ctx, tx, userStream(viewer.id), "block", { user: other, state: "off" });
  });
}

/** People whom the caller has blocked, in the order of their ids, from after `after` on. */
export function blocksOf(ctx: Context, viewer: Viewer, after: string, limit: number): Promise<UserRef[]> {
  return listBlocks(ctx.db.read, viewer.id, after, limit);
}
