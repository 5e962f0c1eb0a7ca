import type { location } from "../location.ts";
import type { ExamplesOf } from "../example.ts";
import { ids, nowMs } from "./cast.ts";

export const locationExamples: ExamplesOf<typeof location> = {
  uploadLocation: {
    request: {
      params: { id: ids.bob },
      body: { latitude: "49.2650", longitude: "-123.2000", accuracy: 8, at: 1906545600 },
    },
    response: "success",
  },
  getOwnLocation: {
    request: { params: { id: ids.bob } },
    response: {
      latitude: "49.2606",
      longitude: "-123.246",
      accuracy: 12,
      altitude: null,
      speed: null,
      heading: null,
      battery: null,
      at_ms: nowMs,
    },
  },
  setShare: {
    request: { params: { id: ids.bob, friend: ids.ada }, body: { until: 1906549200 } },
    response: {
      user: { id: ids.ada, username: "Ada" },
      precision: "exact",
      since_ms: nowMs,
      until_ms: 1906549200000,
      viewed_ms: null,
    },
  },
  endShare: { request: { params: { id: ids.bob, friend: ids.ada } }, response: "success" },
  listShares: {
    request: { params: { id: ids.ada } },
    response: {
      outgoing: [],
      incoming: [{ user: { id: ids.bob, username: "Bob" }, precision: "exact", until_ms: 1906549200000 }],
    },
  },
  listLocationViews: {
    request: { params: { id: ids.bob }, query: { limit: "10" } },
    response: [{ event: ids.event, user: { id: ids.ada, username: "Ada" }, at_ms: nowMs }],
  },
  uploadEventLocation: {
    request: { params: { id: ids.event }, body: { latitude: 49.2827, longitude: -123.1207 } },
    response: "success",
  },
  getSharing: {
    request: { params: { id: ids.event } },
    response: {
      state: "on",
      precision: "exact",
      audience: [ids.ada, ids.carol],
      pending: [],
      until_ms: 1906555500000,
      viewers: [],
      until_arrival: false,
    },
  },
  setSharing: {
    request: { params: { id: ids.event }, body: { state: "on", precision: "coarse" } },
    response: {
      state: "on",
      precision: "coarse",
      audience: [ids.bob, ids.carol],
      pending: [],
      until_ms: 1906555500000,
      viewers: [],
      until_arrival: false,
    },
  },
  listLocations: {
    request: { params: { id: ids.event } },
    response: [
      {
        id: ids.bob,
        username: "Bob",
        latitude: "49.2606",
        longitude: "-123.246",
        accuracy: 12,
        at_ms: nowMs,
        state: "travelling",
        distance_m: 9200,
        speed: null,
        mode: null,
        battery: null,
        eta_s: null,
        eta_margin_s: null,
      },
    ],
  },
  getLocation: {
    request: { params: { id: ids.event, user: ids.bob } },
    response: {
      id: ids.bob,
      username: "Bob",
      latitude: "49.2606",
      longitude: "-123.246",
      accuracy: 12,
      at_ms: nowMs,
      state: "travelling",
      distance_m: 9200,
      speed: null,
      mode: null,
      battery: null,
      eta_s: null,
      eta_margin_s: null,
    },
  },
  getTrail: {
    request: { params: { id: ids.event, user: ids.bob } },
    response: [{ latitude: "49.2606", longitude: "-123.246", accuracy: 12, at_ms: nowMs }],
  },
  getJourney: {
    request: { params: { id: ids.event } },
    response: {
      distance_m: 9200,
      speed: null,
      mode: null,
      eta_s: null,
      eta_margin_s: null,
      arrived: false,
      leave_by_ms: 1_906_545_780_000,
    },
  },
  requestLocation: { request: { params: { id: ids.event }, body: { user: ids.ada } }, response: "pending" },
  listLocationRequests: {
    request: { params: { id: ids.event } },
    response: { incoming: [{ id: ids.bob, created_ms: nowMs }], outgoing: [] },
  },
  answerLocationRequest: {
    request: { params: { id: ids.event, from: ids.bob }, body: { answer: "accept" } },
    response: "shared",
  },
};
