import type { contract } from "@jarvis/contract";
import type { Handlers } from "../call.ts";
import type { Context } from "../context.ts";
import { isReachable } from "../db/reachable.ts";
import { AppError } from "../lib/app-error.ts";
import { version } from "./version.ts";

/** `/health` says that the process lives; `/ready` that it should get traffic: that ends first when it drains. */
export function operationRoutes(drain: AbortSignal): Handlers<(typeof contract)["operations"]> {
  return {
    health: async () => ({ status: "ok", version }),
    ready: async ({ ctx }) => {
      await requireReady(ctx, drain);
      return { status: "ready" };
    },
  };
}

async function requireReady(ctx: Context, drain: AbortSignal): Promise<void> {
  if (drain.aborted) throw new AppError("unavailable", { detail: "The server is stopping", retryAfterS: 5 });
  if (await isReachable(ctx.db)) return;
  throw new AppError("unavailable", { detail: "The store does not answer", retryAfterS: 5 });
}
