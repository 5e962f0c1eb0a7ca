import type { Contract } from "@jarvis/contract";
import type { Handlers } from "../call.ts";
import { requireSelf } from "../friends/service.ts";
import { listPositions, positionOf, trailOf } from "./positions.ts";
import { answerLocationRequest, listLocationRequests, requestLocation } from "./requests.ts";
import { ownFix, uploadFix } from "./service.ts";
import { getSharing, setSharing } from "./sharing.ts";

export const locationRoutes: Handlers<Contract["location"]> = {
  async uploadLocation({ ctx, viewer, params, body }) {
    if (params.id !== viewer.id) await requireSelf(ctx, viewer, params.id);
    await uploadFix(ctx, viewer.id, body, null);
    return "success";
  },
  async getOwnLocation({ ctx, viewer, params }) {
    await requireSelf(ctx, viewer, params.id);
    return ownFix(ctx, viewer.id);
  },
  async uploadEventLocation({ ctx, viewer, params, body }) {
    await uploadFix(ctx, viewer.id, body, params.id);
    return "success";
  },
  getSharing: ({ ctx, viewer, params }) => getSharing(ctx, viewer.id, params.id),
  setSharing: ({ ctx, viewer, params, body }) => setSharing(ctx, viewer.id, params.id, body),
  listLocations: ({ ctx, viewer, params }) => listPositions(ctx, viewer.id, params.id),
  getLocation: ({ ctx, viewer, params }) => positionOf(ctx, viewer.id, params.id, params.user),
  getTrail: ({ ctx, viewer, params }) => trailOf(ctx, viewer.id, params.id, params.user),
  requestLocation: ({ ctx, viewer, params, body }) => requestLocation(ctx, viewer.id, params.id, body.user),
  listLocationRequests: ({ ctx, viewer, params }) => listLocationRequests(ctx, viewer.id, params.id),
  answerLocationRequest: ({ ctx, viewer, params, body }) =>
    answerLocationRequest(ctx, viewer.id, params.id, params.from, body.answer),
};
