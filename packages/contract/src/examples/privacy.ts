import type { ExamplesOf } from "../example.ts";
import type { privacy } from "../privacy.ts";
import { ids, nowMs } from "./cast.ts";

export const privacyExamples: ExamplesOf<typeof privacy> = {
  exportUser: {
    request: { params: { id: ids.bob } },
    response: {
      exported_ms: nowMs,
      account: {
        id: ids.bob,
        username: "Bob",
        email: "bob@example.org",
        email_confirmed: true,
        has_password: false,
        time_zone: "UTC",
        locale: "en",
        settings: {
          findable: true,
          findable_by_email: false,
          busy_for: "nobody",
          invites_from: "everyone",
          show_online: true,
        },
        version: 1,
        created_ms: nowMs,
      },
      identities: [],
      passkeys: [],
      sessions: [
        {
          id: ids.session,
          created_ms: nowMs,
          signed_in_ms: null,
          opened_by: null,
          used_ms: nowMs,
          expires_ms: 1914321600000,
          current: true,
        },
      ],
      friends: [{ id: ids.ada, username: "Ada", since_ms: nowMs }],
      friend_requests: { incoming: [], outgoing: [] },
      blocks: [],
      events: [
        {
          id: ids.event,
          name: "Dinner",
          start_time: "1906547400",
          duration: "7200",
          role: "guest",
          rsvp: "accepted",
          state: "in",
          invited_ms: nowMs,
          answered_ms: nowMs,
          left_ms: null,
        },
      ],
      invitations: [],
      messages: [
        {
          event: ids.event,
          seq: 1,
          id: ids.message1,
          text: "On my way",
          sent_ms: nowMs,
          edited_ms: null,
          deleted_ms: null,
          reply_to: null,
          client_id: "bob-1",
        },
      ],
      read_markers: [],
      positions: [
        {
          event: null,
          latitude: "49.2606",
          longitude: "-123.246",
          accuracy: 12,
          altitude: null,
          speed: null,
          heading: null,
          battery: null,
          at_ms: nowMs,
          received_ms: nowMs,
        },
      ],
      consents: [
        {
          event: ids.event,
          state: "on",
          precision: "exact",
          since_ms: nowMs,
          until_ms: 1906555500000,
          updated_ms: nowMs,
          audience: [ids.ada, ids.carol],
        },
      ],
      location_requests: [],
      views: [],
      idempotency_keys: [],
    },
  },
  eraseUser: { request: { params: { id: ids.bob } }, response: "success" },
};
