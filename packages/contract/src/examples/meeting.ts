import type { ExamplesOf } from "../example.ts";
import type { meeting } from "../meeting.ts";
import { ids } from "./cast.ts";

const own = { params: { id: ids.event } };

export const meetingExamples: ExamplesOf<typeof meeting> = {
  setStart: {
    request: { ...own, body: { latitude: 49.2606, longitude: -123.246, mode: "cycle" } },
    response: { latitude: "49.2615", longitude: "-123.243181", mode: "cycle" },
  },
  getStart: { request: own, response: { latitude: "49.2615", longitude: "-123.243181", mode: "cycle" } },
  removeStart: { request: own, response: "success" },
  getMeetingPoint: {
    request: { ...own, query: { limit: "1" } },
    response: {
      from: [
        { id: ids.ada, source: "start" },
        { id: ids.bob, source: "start" },
      ],
      places: [
        {
          latitude: "49.267",
          longitude: "-123.20314",
          name: null,
          worst_s: 900,
          mean_s: 900,
          spread_s: 0,
          travel: [
            { id: ids.ada, travel_s: 900 },
            { id: ids.bob, travel_s: 900 },
          ],
        },
      ],
    },
  },
};
