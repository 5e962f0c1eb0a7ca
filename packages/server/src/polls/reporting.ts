import { type EntryData, type EventId, eventStream, limits, type OptionId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { append } from "../streams/service.ts";
import { nextVersion } from "./store.ts";

interface Change {
  op: EntryData<"poll">["op"];
  /** Slots of the options whose tallies have changed. */
  slots?: readonly number[];
  removed?: OptionId;
}

/**
 * The poll's next version, and the entry that tells of it: which options stand differently now, never by whom. Where
 * these are too many for everybody's connection, that they do is all it tells.
 */
export async function reportPoll(
  ctx: Context,
  tx: Tx,
  event: EventId,
  { op, slots = [], removed }: Change,
): Promise<void> {
  const version = await nextVersion(tx.sql, event);
  await append(ctx, tx, eventStream(event), "poll", {
    op,
    version,
    ...(slots.length > 0 && slots.length <= limits.pollTallies ? { slots: slots.join() } : {}),
    ...(removed === undefined ? {} : { removed }),
  });
}
