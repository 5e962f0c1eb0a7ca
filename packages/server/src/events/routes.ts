import type { EventId, events } from "@jarvis/contract";
import { type Handlers, page, repeatOf } from "../call.ts";
import { requireSelf } from "../friends/service.ts";
import { createEvent } from "./creating.ts";
import { cancelEvent, setPlace, updateEventDetails } from "./editing.ts";
import { listOwnEvents } from "./listing.ts";
import { addPeople, removePerson, setRole } from "./people.ts";
import { setRsvp } from "./rsvp.ts";
import { getEvent } from "./service.ts";

export const eventRoutes: Handlers<typeof events> = {
  async createEvent({ ctx, viewer, body, request: { creation } }) {
    if (creation === null || creation.made === null) return createEvent(ctx, viewer, body, creation);
    return repeatOf(await getEvent(ctx, viewer, creation.made as EventId)); // kept by this call alone: an event's
  },
  getEvent: ({ ctx, viewer, params }) => getEvent(ctx, viewer, params.id),
  updateEvent: ({ ctx, viewer, params, query, body, request }) =>
    updateEventDetails(ctx, viewer, params.id, body, request.ifMatch, query.scope),
  cancelEvent: ({ ctx, viewer, params, query }) => cancelEvent(ctx, viewer, params.id, query.scope),
  async listEvents({ ctx, viewer, params, query }) {
    await requireSelf(ctx, viewer, params.id);
    const { shown, nextCursor } = await listOwnEvents(ctx, viewer, query);
    return page(shown, nextCursor);
  },
  async addPeople({ ctx, viewer, params, body, request: { creation } }) {
    const isRepeat = creation !== null && creation.made !== null;
    if (!isRepeat) return addPeople(ctx, viewer, params.id, body.people, creation);
    return repeatOf(await getEvent(ctx, viewer, params.id));
  },
  async removePerson({ ctx, viewer, params }) {
    await removePerson(ctx, viewer, params.id, params.person);
    return "success";
  },
  setRole: ({ ctx, viewer, params, body }) => setRole(ctx, viewer, params.id, params.person, body.role),
  setRsvp: ({ ctx, viewer, params, body }) => setRsvp(ctx, viewer, params.id, body.status),
  setPlace: ({ ctx, viewer, params, body }) => setPlace(ctx, viewer, params.id, body),
};
