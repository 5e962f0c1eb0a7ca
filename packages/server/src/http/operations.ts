import type { contract } from "@jarvis/contract";
import type { Handlers } from "../call.ts";
import type { Context } from "../context.ts";
import { reachStore } from "../db/reachable.ts";
import { AppError } from "../lib/app-error.ts";
import { zoneDataVersion } from "../lib/calendar/zone-data.ts";
import { version } from "./version.ts";

/** `/health` says that the process lives; `/ready` that it should get traffic: that ends first when it stops. */
export function operationRoutes(stopping: AbortSignal): Handlers<(typeof contract)["operations"]> {
  const timeZones = zoneDataVersion();
  return {
    health: async () => ({ status: "ok", version, time_zones: timeZones }),
    ready: async ({ ctx }) => {
      await requireReady(ctx, stopping);
      return ctx.bus.health() === "down" ? { status: "ready", degraded: ["bus"] } : { status: "ready" };
    },
  };
}

async function requireReady(ctx: Context, stopping: AbortSignal): Promise<void> {
  if (stopping.aborted) throw unavailable("The server is stopping");
  if (ctx.db.damage !== null) throw unavailable("The store is damaged");
  try {
    await reachStore(ctx.db);
  } catch (error) {
    ctx.log.error({ error }, "the store does not answer");
    throw unavailable("The store does not answer");
  }
}

function unavailable(detail: string): AppError {
  return new AppError("unavailable", { detail, retryAfterS: 5 });
}
