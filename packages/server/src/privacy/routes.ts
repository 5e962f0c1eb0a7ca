import type { privacy } from "@jarvis/contract";
import { requireFresh } from "../accounts/service.ts";
import type { Handlers } from "../call.ts";
import { requireSelf } from "../friends/service.ts";
import { eraseUser, exportUser } from "./service.ts";

export const privacyRoutes: Handlers<typeof privacy> = {
  async exportUser({ ctx, viewer, params }) {
    await requireSelf(ctx, viewer, params.id);
    requireFresh(ctx, viewer);
    return exportUser(ctx, viewer);
  },
  async eraseUser({ ctx, viewer, params }) {
    await requireSelf(ctx, viewer, params.id);
    requireFresh(ctx, viewer);
    await eraseUser(ctx, viewer);
    return "success";
  },
};
