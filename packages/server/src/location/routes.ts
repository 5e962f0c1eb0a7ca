import { type Contract, limits } from "@jarvis/contract";
import { z } from "zod";
import { type Handlers, page } from "../call.ts";
import { requireSelf } from "../friends/service.ts";
import { cutPage, decodeCursor } from "../lib/cursor.ts";
import { ownJourney } from "../travel/service.ts";
import { listPositions, positionOf, trailOf } from "./positions.ts";
import { answerLocationRequest, listLocationRequests, requestLocation } from "./requests.ts";
import { ownFix, uploadFix } from "./service.ts";
import { friendsFix } from "./shared-positions.ts";
import { endShare, setShare, sharesOf } from "./shares.ts";
import { getSharing, setSharing } from "./sharing.ts";
import { firstView, locationViews } from "./views.ts";

const viewCursor = z.object({
  list: z.literal("location_views"),
  at: z.int(),
  event: z.string().max(200),
  viewer: z.string().max(200),
});

export const locationRoutes: Handlers<Contract["location"]> = {
  async uploadLocation({ ctx, viewer, params, body }) {
    if (params.id !== viewer.id) await requireSelf(ctx, viewer, params.id);
    await uploadFix(ctx, viewer.id, body, null);
    return "success";
  },
  async getOwnLocation({ ctx, viewer, params }) {
    return params.id === viewer.id ? ownFix(ctx, viewer.id) : friendsFix(ctx, viewer.id, params.id);
  },
  async setShare({ ctx, viewer, params, body }) {
    await requireSelf(ctx, viewer, params.id);
    return setShare(ctx, viewer, params.friend, body);
  },
  async endShare({ ctx, viewer, params }) {
    await requireSelf(ctx, viewer, params.id);
    await endShare(ctx, viewer, params.friend);
    return "success";
  },
  async listShares({ ctx, viewer, params }) {
    await requireSelf(ctx, viewer, params.id);
    return sharesOf(ctx, viewer.id);
  },
  async listLocationViews({ ctx, viewer, params, query }) {
    await requireSelf(ctx, viewer, params.id);
    const size = query.limit ?? limits.pageDefault;
    const from = query.cursor === undefined ? firstView : decodeCursor(viewCursor, query.cursor);
    const views = await locationViews(ctx, viewer.id, from, size + 1);
    const { shown, nextCursor } = cutPage(views, size, ({ event, user, at_ms: at }) => {
      return { list: "location_views", at, event: event ?? "", viewer: user.id };
    });
    return page(shown, nextCursor);
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
  getJourney: ({ ctx, viewer, params }) => ownJourney(ctx, viewer.id, params.id),
  requestLocation: ({ ctx, viewer, params, body }) => requestLocation(ctx, viewer.id, params.id, body.user),
  listLocationRequests: ({ ctx, viewer, params }) => listLocationRequests(ctx, viewer.id, params.id),
  answerLocationRequest: ({ ctx, viewer, params, body }) =>
    answerLocationRequest(ctx, viewer.id, params.id, params.from, body.answer),
};
