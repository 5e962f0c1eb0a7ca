import { type UserId, userStream } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { appendToAll } from "../streams/service.ts";
import { listThoseWhoList } from "./store.ts";

/** A new name, to everybody in one of whose lists it stands: friends, requests, blocks. */
export async function reportRenamed(ctx: Context, tx: Tx, user: UserId): Promise<void> {
  const people = await listThoseWhoList(tx.sql, user);
  await appendToAll(ctx, tx, people.map(userStream), "friend", { user, state: "renamed" });
}
