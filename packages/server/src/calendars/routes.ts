import type { calendars } from "@jarvis/contract";
import type { Handlers } from "../call.ts";
import { requireSelf } from "../friends/service.ts";
import { beginConsent, finishConsent } from "./google-consent.ts";
import { addCalendar, listCalendars, refreshCalendar, removeCalendar } from "./service.ts";

export const calendarRoutes: Handlers<typeof calendars> = {
  async addCalendar({ ctx, viewer, params, query, body, request }) {
    await requireSelf(ctx, viewer, params.id);
    if ("google" in body) return beginConsent(ctx, viewer, request);
    return addCalendar(ctx, viewer, body, query.name);
  },
  async listCalendars({ ctx, viewer, params }) {
    await requireSelf(ctx, viewer, params.id);
    return listCalendars(ctx, viewer);
  },
  async refreshCalendar({ ctx, viewer, params }) {
    await requireSelf(ctx, viewer, params.id);
    return refreshCalendar(ctx, viewer, params.calendar);
  },
  async removeCalendar({ ctx, viewer, params }) {
    await requireSelf(ctx, viewer, params.id);
    await removeCalendar(ctx, viewer, params.calendar);
    return "success";
  },
  finishGoogleConsent: ({ ctx, query, request }) => finishConsent(ctx, query, request),
};
