import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { AppError } from "../lib/app-error.ts";
import { isFresh } from "./rules.ts";

/** What a token that fell into other hands must not do takes a sign-in of the last minutes. */
export function requireFresh(ctx: Context, viewer: Viewer): void {
  if (!isFresh(viewer, ctx.clock.now())) throw new AppError("reauthenticate");
}
