import type { ExamplesOf } from "../example.ts";
import type { meeting } from "../meeting.ts";
import { ids } from "./cast.ts";

const own = { params: { id: ids.event } };

export const meetingExamples: ExamplesOf<typeof meeting> = {
  setStart: {
    request: { ...own, body: { latitude: 49.2606, longitude: -123.246, mode: "cycle" } },
    response: { latitude: "0", longitude: "0", mode: "cycle" },
  },
  getStart: { request: own, response: { latitude: "0", longitude: "0", mode: "cycle" } },
  removeStart: { request: own, response: "success" },
  getMeetingPoint: {
    request: { ...own, query: { limit: "1" } },
    response: { from: [], places: [] },
  },
};
