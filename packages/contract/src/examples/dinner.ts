import type { Event, Person } from "../events.ts";
import { ids, nowMs } from "./cast.ts";

export const adaComes: Person = {
  id: ids.ada,
  username: "Ada",
  email: "ada@example.org",
  role: "owner",
  rsvp: "accepted",
  invitation: null,
};
export const bobComes: Person = {
  id: ids.bob,
  username: "Bob",
  email: "bob@example.org",
  role: "guest",
  rsvp: "accepted",
  invitation: null,
};
export const carolIsAsked: Person = {
  id: ids.carol,
  username: "Carol",
  email: null,
  role: "guest",
  rsvp: "none",
  invitation: null,
};

/** The event of the examples, as Ada and Bob see it. */
export const dinner: Event = {
  id: ids.event,
  version: 1,
  name: "Dinner",
  description: "",
  start_time: "1906547400",
  duration: "7200",
  time_zone: "America/Vancouver",
  status: "pending",
  capacity: null,
  place: { name: "Brix", address: "1138 Homer St", latitude: "49.2756", longitude: "-123.1213" },
  updated_ms: nowMs,
  all_day: false,
  start_date: null,
  end_date: null,
  recurrence: null,
  series: null,
  original_start_time: null,
  owner: "ada@example.org",
  accepted: ["ada@example.org", "bob@example.org"],
  maybe: [],
  invited: [ids.carol],
  declined: [],
  people: [adaComes, bobComes, carolIsAsked],
  my_rsvp: "accepted",
  chat_url: `https://jarvis.example/chat/${ids.event}`,
};
