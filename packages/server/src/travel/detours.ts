import type { UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Sql, Tx } from "../db/database.ts";
import { detourAfter, factorOf, factorsFrom } from "./detour-rules.ts";
import { type Factors } from "./estimate-rules.ts";
import { forgetFactors, rememberedFactors } from "./journeys.ts";
import type { Pace } from "./pace-rules.ts";
import { listDetours, upsertDetour } from "./store.ts";

/** How much longer than a straight line this person's ways are. */
export function factorsOf(ctx: Context, sql: Sql, user: UserId): Promise<Factors> {
  return rememberedFactors(ctx, user, async () => factorsFrom(await listDetours(sql, user)));
}

/** Somebody has arrived: what their way was like counts for the next. Nothing of where it led is kept. */
export async function learnDetour(ctx: Context, tx: Tx, user: UserId, pace: Pace): Promise<void> {
  const learned = factorOf(pace);
  if (learned === null) return;
  const known = await listDetours(tx.sql, user);
  const was = known.find(({ mode }) => mode === learned.mode);
  const { mode, factor, journeys } = detourAfter(was, learned.mode, learned.factor);
  await upsertDetour(tx.sql, { user_id: user, mode, factor, journeys, updated_ms: ctx.clock.now() });
  tx.onCommit(() => forgetFactors(ctx, user));
}
