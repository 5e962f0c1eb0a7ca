import type { EventId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { reportPoll } from "./reporting.ts";
import { changedSlots } from "./rules.ts";
import { deleteRequired } from "./store.ts";
import { deleteVotes, findVotes } from "./votes-store.ts";

/** Somebody leaves, declines or is removed: in the same unit of work their votes go, and nobody waits for them. */
export async function withdrawVoter(ctx: Context, tx: Tx, event: EventId, user: UserId): Promise<void> {
  const votes = await findVotes(tx.sql, event, user);
  if (votes !== "") await deleteVotes(tx.sql, event, user);
  const wasRequired = await deleteRequired(tx.sql, event, user);
  if (votes === "" && !wasRequired) return;
  const op = wasRequired ? "settings" : "votes";
  await reportPoll(ctx, tx, event, { op, slots: changedSlots(votes, "") });
}

/** An invitation that had reached nobody ends: of its inviter's wish that its answer decide, nobody else knew. */
export async function forgetRequired(tx: Tx, event: EventId, user: UserId): Promise<void> {
  await deleteRequired(tx.sql, event, user);
}
