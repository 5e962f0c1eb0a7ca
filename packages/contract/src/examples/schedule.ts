import type { ExamplesOf } from "../example.ts";
import type { schedule } from "../schedule.ts";
import { ids } from "./cast.ts";

export const scheduleExamples: ExamplesOf<typeof schedule> = {
  getAvailability: {
    request: { params: { id: ids.event } },
    response: { share: true, from: 1906632000, to: 1907236800, sharing: null },
  },
  setAvailability: {
    request: { params: { id: ids.event }, body: { share: true, from: 1906632000, to: 1907236800 } },
    response: { share: true, from: 1906632000, to: 1907236800, sharing: null },
  },
  listSuggestions: {
    request: {
      params: { id: ids.event },
      query: { from: "1906632000", to: "1907236800", duration: "7200", limit: "1", weekdays: "fr,sa" },
    },
    response: [
      {
        start_time: "1907046000",
        duration: "7200",
        available: [ids.bob],
        if_needed: [],
        busy: 0,
        unknown: 2,
        score: 60,
        why: [
          { code: "free", params: { n: 1, of: 3 } },
          { code: "unknown", params: { n: 2 } },
          { code: "preferred_day", params: {} },
        ],
      },
    ],
  },
};
