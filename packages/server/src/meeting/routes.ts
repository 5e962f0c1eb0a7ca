import type { meeting } from "@jarvis/contract";
import type { Handlers } from "../call.ts";
import { getMeetingPoint } from "./proposal.ts";
import { getStart, removeStart, setStart } from "./service.ts";

export const meetingRoutes: Handlers<typeof meeting> = {
  setStart: ({ ctx, viewer, params, body }) => setStart(ctx, viewer, params.id, body),
  getStart: ({ ctx, viewer, params }) => getStart(ctx, viewer, params.id),
  async removeStart({ ctx, viewer, params }) {
    await removeStart(ctx, viewer, params.id);
    return "success";
  },
  getMeetingPoint: ({ ctx, viewer, params, query }) => getMeetingPoint(ctx, viewer, params.id, query.limit),
};
