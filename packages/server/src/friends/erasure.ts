import { type UserId, userStream } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { appendToAll } from "../streams/service.ts";
import { endFriendship, reportOwn, takeBack } from "./service.ts";
import { listAskers, listBlockersOf, listFriends, listOutgoing } from "./store.ts";

/** Ends friendships and open requests, so that the others see it, and takes the person out of their requests and blocks. */
export async function eraseFriends(ctx: Context, tx: Tx, user: UserId): Promise<void> {
  const everybody = Number.MAX_SAFE_INTEGER;
  for (const { id } of await listFriends(tx.sql, user, "", everybody)) await endFriendship(ctx, tx, user, id);
  for (const { id } of await listOutgoing(tx.sql, user)) await takeBack(ctx, tx, user, id);
  for (const id of await listAskers(tx.sql, user)) await reportOwn(ctx, tx, id, user, "withdrawn");
  const blockers = await listBlockersOf(tx.sql, user);
  await appendToAll(ctx, tx, blockers.map(userStream), "block", { user, state: "off" });
}
