import { postSystemMessage } from "../chat/system.ts";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { agreementsChanged } from "./rules.ts";
import type { EventRow } from "./store.ts";

/** Tells the chat, in the unit that makes it, what of an event is not so any more; of one occurrence, or from it on, names it. */
export async function tell(
  ctx: Context,
  tx: Tx,
  by: { id: EventRow["owner_id"]; username: string } | null,
  before: EventRow,
  after: EventRow,
  one: Readonly<Record<string, string>>,
): Promise<void> {
  for (const { code, params } of agreementsChanged(before, after))
    await postSystemMessage(ctx, tx, before.group_id, by, { code, params: { ...params, ...one } });
}
