import type { events } from "../events.ts";
import type { ExamplesOf } from "../example.ts";
import { ids } from "./cast.ts";
import { adaComes, bobComes, carolIsAsked, dinner } from "./dinner.ts";

export const eventsExamples: ExamplesOf<typeof events> = {
  createEvent: {
    request: {
      body: {
        name: "Dinner",
        start_time: 1906547400,
        duration: 7200,
        time_zone: "America/Vancouver",
        place: { name: "Brix", address: "1138 Homer St", latitude: 49.2756, longitude: -123.1213 },
        people: [ids.bob, ids.carol],
      },
    },
    response: {
      ...dinner,
      accepted: ["ada@example.org"],
      invited: ["bob@example.org", ids.carol],
      people: [adaComes, { ...bobComes, rsvp: "none" }, carolIsAsked],
    },
  },
  getEvent: { request: { params: { id: ids.event } }, response: dinner },
  updateEvent: {
    request: {
      params: { id: ids.event },
      body: { name: "Late dinner", start_time: 1906551000, capacity: 6 },
    },
    response: { ...dinner, version: 2, name: "Late dinner", start_time: "1906551000", capacity: 6 },
  },
  cancelEvent: {
    request: { params: { id: ids.event } },
    response: { ...dinner, version: 2, status: "cancelled" },
  },
  listEvents: {
    request: { params: { id: ids.ada }, query: { status: "pending", limit: "20" } },
    response: [dinner],
  },
  addPeople: {
    request: { params: { id: ids.event }, body: { people: ["dan@example.org"] } },
    response: {
      ...dinner,
      invited: [ids.carol, "dan@example.org"],
      people: [
        adaComes,
        bobComes,
        carolIsAsked,
        {
          id: null,
          username: null,
          email: "dan@example.org",
          role: "guest",
          rsvp: "none",
          invitation: ids.invitation,
        },
      ],
    },
  },
  removePerson: { request: { params: { id: ids.event, person: ids.carol } }, response: "success" },
  setRole: {
    request: { params: { id: ids.event, person: ids.bob }, body: { role: "host" } },
    response: {
      ...dinner,
      people: [adaComes, { ...bobComes, role: "host" }, carolIsAsked],
    },
  },
  setRsvp: { request: { params: { id: ids.event }, body: { status: "maybe" } }, response: "maybe" },
  setPlace: {
    request: {
      params: { id: ids.event },
      body: { name: "Kitsilano Beach", latitude: "49.2744", longitude: "-123.1543" },
    },
    response: {
      ...dinner,
      version: 2,
      place: { name: "Kitsilano Beach", address: "", latitude: "49.2744", longitude: "-123.1543" },
    },
  },
};
