import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { AppError } from "../lib/app-error.ts";
import { isFresh } from "./rules.ts";

/** For what a stolen session must not do: throws `reauthenticate` unless the person has just proved themselves. */
export async function requireFresh(ctx: Context, viewer: Viewer): Promise<void> {
  if (!isFresh(viewer, ctx.clock.now())) throw new AppError("reauthenticate");
}
