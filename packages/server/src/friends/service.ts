import type { UserId } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { isId } from "../lib/ids.ts";
import { canSee } from "./relations.ts";

/** Where a path or a body says who acts, it must be the caller; of somebody else it tells only what the caller may know. */
export async function requireSelf(ctx: Context, viewer: Viewer, id: UserId): Promise<void> {
  if (id === viewer.id) return;
  if (isId(id) && (await canSee(ctx.db.read, viewer.id, id))) throw new AppError("forbidden");
  throw notFound();
}
