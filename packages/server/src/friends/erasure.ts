import type { UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { endFriendship, takeBack } from "./service.ts";
import { listFriends, listOutgoing } from "./store.ts";

/** Ends friendships and open requests, so that the others see it; what they do not see is deleted with the account. */
export async function eraseFriends(ctx: Context, tx: Tx, user: UserId): Promise<void> {
  const everybody = Number.MAX_SAFE_INTEGER;
  for (const { id } of await listFriends(tx.sql, user, "", everybody)) await endFriendship(ctx, tx, user, id);
  for (const { id } of await listOutgoing(tx.sql, user)) await takeBack(ctx, tx, user, id);
}
