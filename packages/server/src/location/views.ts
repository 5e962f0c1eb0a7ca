import type { LocationView, UserId } from "@jarvis/contract";
import { limits } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { liveOf } from "./live.ts";
import { deleteOldViews, listLocationViews, type ViewPlace } from "./view-store.ts";

const keptMs = limits.viewsKeptDays * 24 * 60 * 60_000;

/** Everybody's place in the list lies behind it. */
export const firstView: ViewPlace = { at: Number.MAX_SAFE_INTEGER, event: "", viewer: "" };

/**
 * Who looked where the caller was, in events and through shares. Whoever looked stays in it whatever has become of the
 * event, the share or the two since: leaving, ending a friendship and blocking cover nothing up, and tell nothing here.
 */
export async function locationViews(
  ctx: Context,
  user: UserId,
  from: ViewPlace,
  limit: number,
): Promise<LocationView[]> {
  await liveOf(ctx).settleLooksAt(user);
  const rows = await listLocationViews(ctx.db.read, user, from, ctx.clock.now() - keptMs, limit);
  return rows.map(({ event_id, id, username, at_ms }) => ({
    event: event_id === "" ? null : event_id,
    user: { id, username },
    at_ms,
  }));
}

export async function purgeViews(ctx: Context): Promise<void> {
  const before = ctx.clock.now() - keptMs;
  while (await ctx.db.write((tx) => deleteOldViews(tx.sql, before)));
}
