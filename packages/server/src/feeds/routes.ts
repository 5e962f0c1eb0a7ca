import type { feeds } from "@jarvis/contract";
import { calendarReply, type Handlers } from "../call.ts";
import { requireSelf } from "../friends/service.ts";
import { eventCalendar, openCalendar, openFreeBusy } from "./service.ts";
import { createFeed, deleteFeed, getFeed } from "./secrets.ts";

export const feedRoutes: Handlers<typeof feeds> = {
  async getFeed({ ctx, viewer, params }) {
    await requireSelf(ctx, viewer, params.id);
    return getFeed(ctx, viewer);
  },
  async createFeed({ ctx, viewer, params }) {
    await requireSelf(ctx, viewer, params.id);
    return createFeed(ctx, viewer);
  },
  async deleteFeed({ ctx, viewer, params }) {
    await requireSelf(ctx, viewer, params.id);
    await deleteFeed(ctx, viewer);
    return "success";
  },
  async readFeed({ ctx, params }) {
    return calendarReply(await openCalendar(ctx, params.secret));
  },
  async readFreeBusy({ ctx, params }) {
    return calendarReply(await openFreeBusy(ctx, params.secret));
  },
  async readEventCalendar({ ctx, viewer, params }) {
    return calendarReply(await eventCalendar(ctx, viewer, params.id));
  },
};
