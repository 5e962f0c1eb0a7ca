import type { devices } from "@jarvis/contract";
import type { Handlers } from "../call.ts";
import { requireSelf } from "../friends/service.ts";
import { createDevice, listDevices, removeDevice, renameDevice } from "./service.ts";

export const deviceRoutes: Handlers<typeof devices> = {
  async createDevice({ ctx, viewer, params, body }) {
    await requireSelf(ctx, viewer, params.id);
    return createDevice(ctx, viewer, body);
  },
  async listDevices({ ctx, viewer, params }) {
    await requireSelf(ctx, viewer, params.id);
    return listDevices(ctx, viewer);
  },
  async renameDevice({ ctx, viewer, params, body }) {
    await requireSelf(ctx, viewer, params.id);
    return renameDevice(ctx, viewer, params.device, body.name);
  },
  async removeDevice({ ctx, viewer, params }) {
    await requireSelf(ctx, viewer, params.id);
    await removeDevice(ctx, viewer, params.device);
    return "success";
  },
};
