import type { EventId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { findSharing } from "./consent-store.ts";
import { liveOf } from "./live.ts";
import { isSharing } from "./rules.ts";
import { viewersAt } from "./sight.ts";

/**
 * Who may hear at this instant how somebody gets to an event: whoever may see where exactly they are. What was said
 * before the present `on` interval, or before they came into the audience, is not theirs, as what was seen then is not.
 */
export async function hearersOf(
  ctx: Context,
  event: EventId,
  sharer: UserId,
  saidMs: number,
): Promise<UserId[]> {
  const consent = await findSharing(ctx.db.read, event, sharer);
  if (consent === undefined || consent.precision !== "exact" || !isSharing(consent, ctx.clock.now()))
    return [];
  if (consent.since_ms === null || saidMs < consent.since_ms) return [];
  const found = await liveOf(ctx).sights.ofSharer(event, sharer);
  const after = await findSharing(ctx.db.read, event, sharer);
  const stands =
    after?.state === consent.state && after.since_ms === consent.since_ms && after.precision === "exact";
  if (found === null) return [];
  if (!stands || found.sight.isStale) return hearersOf(ctx, event, sharer, saidMs);
  const viewers = [...viewersAt(found.sharer, ctx.clock.now())];
  return viewers.filter(({ sinceMs }) => sinceMs <= saidMs).map(({ id }) => id);
}
