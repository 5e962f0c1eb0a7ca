import type { EventId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { nextTurn } from "../lib/turn.ts";
import { keepsPath } from "./consents.ts";
import { liveOf } from "./live.ts";
import { keptMs } from "./rules.ts";

const pathMs = 30 * 60_000;
const inOneTurn = 200;

/** Of what nobody may see any more memory keeps no path, and of nothing one that is older than it is shown. */
export async function trimTracks(ctx: Context): Promise<void> {
  const now = ctx.clock.now();
  const { tracks } = ctx;
  let seen = 0;
  for (const { user, event, newest, hasPath } of tracks.entries()) {
    if (event === "" && newest.at_ms <= now - keptMs) liveOf(ctx).forgetFix(user, event);
    else if (hasPath) await trimPath(ctx, user, event, now - pathMs);
    if (++seen % inOneTurn === 0) await nextTurn();
  }
}

async function trimPath(ctx: Context, user: UserId, event: EventId | "", beforeMs: number): Promise<void> {
  const shared = await liveOf(ctx).consents.of(user);
  const isShared = event === "" ? keepsPath(shared) : shared.events.includes(event);
  if (isShared) ctx.tracks.forgetPathBefore(user, event, beforeMs);
  else ctx.tracks.trim(user, event);
}
