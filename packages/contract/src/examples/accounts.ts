import type { accounts } from "../accounts.ts";
import type { ExamplesOf } from "../example.ts";
import { ids, token } from "./cast.ts";
import { dinner } from "./dinner.ts";

export const accountsExamples: ExamplesOf<typeof accounts> = {
  createUser: {
    request: { body: { email: "dan@example.org", password: "correct horse battery", username: "Dan" } },
    response: { id: ids.dan, token, expires_ms: 1914321600000 },
  },
  login: {
    request: { body: { email: "dan@example.org", password: "correct horse battery" } },
    response: { id: ids.dan, token, expires_ms: 1914321600000 },
  },
  searchUsers: { request: { query: { q: "bob" } }, response: [{ id: ids.bob, username: "Bob" }] },
  getUser: {
    request: { params: { id: ids.ada } },
    response: {
      id: ids.ada,
      username: "Ada",
      schedule: [dinner],
      email: "ada@example.org",
      email_confirmed: true,
      time_zone: "UTC",
      locale: "en",
      settings: {
        findable: true,
        findable_by_email: false,
        busy_for: "nobody",
        invites_from: "everyone",
        show_online: true,
        until_arrival: false,
        hours: null,
        travel_buffer: 0,
      },
      version: 1,
    },
  },
  getSchedule: {
    request: { params: { id: ids.bob }, query: { from: "1906545600", to: "1906632000" } },
    response: { id: ids.bob, username: "Bob", schedule: [dinner] },
  },
  updateUser: {
    request: { params: { id: ids.carol }, body: { time_zone: "America/Vancouver", busy_for: "friends" } },
    response: {
      id: ids.carol,
      username: "Carol",
      schedule: [
        {
          ...dinner,
          accepted: ["ada@example.org", ids.bob],
          invited: ["carol@example.org"],
          people: [
            {
              id: ids.ada,
              username: "Ada",
              email: "ada@example.org",
              role: "owner",
              rsvp: "accepted",
              invitation: null,
            },
            { id: ids.bob, username: "Bob", email: null, role: "guest", rsvp: "accepted", invitation: null },
            {
              id: ids.carol,
              username: "Carol",
              email: "carol@example.org",
              role: "guest",
              rsvp: "none",
              invitation: null,
            },
          ],
          my_rsvp: "none",
        },
      ],
      email: "carol@example.org",
      email_confirmed: true,
      time_zone: "America/Vancouver",
      locale: "en",
      settings: {
        findable: true,
        findable_by_email: false,
        busy_for: "friends",
        invites_from: "everyone",
        show_online: true,
        until_arrival: false,
        hours: null,
        travel_buffer: 0,
      },
      version: 2,
    },
  },
  logout: { request: { params: { id: ids.ada }, query: { everywhere: "true" } }, response: "success" },
};
