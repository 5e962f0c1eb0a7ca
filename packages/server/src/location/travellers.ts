import type { EventId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { liveOf } from "./live.ts";
import { isSharing, sightAt } from "./rules.ts";
import { viewersAt } from "./sight.ts";

/** Who may hear something, as it was asked. */
export interface Hearing {
  readonly users: readonly UserId[];
  /** False once it has to be asked again who may. */
  readonly stands: () => boolean;
}

const nobody: Hearing = { users: [], stands: () => true };

/**
 * Who may hear at this instant how somebody gets to an event: whoever may see where exactly they are. What was said
 * before the present `on` interval, or before they came into the audience, is not theirs, as what was seen then is not.
 */
export async function hearersOf(
  ctx: Context,
  event: EventId,
  user: UserId,
  saidMs: number,
): Promise<Hearing> {
  const found = await liveOf(ctx).sights.ofSharer(event, user);
  if (found === null) return nobody;
  const { sight, sharer } = found;
  const { consent } = sharer;
  const now = ctx.clock.now();
  if (consent.precision !== "exact" || !isSharing(consent, now) || saidMs < (consent.since_ms ?? now))
    return nobody;
  const viewers = [...viewersAt(sharer, now)].filter(({ sinceMs }) => sinceMs <= saidMs);
  return {
    users: viewers.map(({ id }) => id),
    stands() {
      const at = ctx.clock.now();
      return !sight.isStale && viewers.every((viewing) => sightAt(viewing, at) === "position");
    },
  };
}
