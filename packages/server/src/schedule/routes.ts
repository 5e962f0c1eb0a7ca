import type { schedule } from "@jarvis/contract";
import type { Handlers } from "../call.ts";
import { getAvailability, setAvailability } from "./availability.ts";
import { listSuggestions } from "./suggestions.ts";

export const scheduleRoutes: Handlers<typeof schedule> = {
  getAvailability: ({ ctx, viewer, params }) => getAvailability(ctx, viewer, params.id),
  setAvailability: ({ ctx, viewer, params, body }) => setAvailability(ctx, viewer, params.id, body),
  listSuggestions: ({ ctx, viewer, params, query }) => listSuggestions(ctx, viewer, params.id, query),
};
