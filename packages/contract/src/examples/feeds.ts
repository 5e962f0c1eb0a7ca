import type { ExamplesOf } from "../example.ts";
import type { feeds } from "../feeds.ts";
import { ids, nowMs } from "./cast.ts";

export const feedsExamples: ExamplesOf<typeof feeds> = {
  getFeed: {
    request: { params: { id: ids.ada } },
    response: { exists: true, created_ms: nowMs, used_ms: null },
  },
  createFeed: {
    request: { params: { id: ids.ada } },
    response: {
      url: `https://jarvis.example/calendar/${ids.feedSecret}.ics`,
      webcal: `webcal://jarvis.example/calendar/${ids.feedSecret}.ics`,
      freebusy_url: `https://jarvis.example/freebusy/${ids.freebusySecret}.ics`,
      dav_url: "https://jarvis.example/dav/",
      dav_username: "jarvis",
      secret: ids.feedSecret,
    },
  },
  deleteFeed: { request: { params: { id: ids.ada } }, response: "success" },
  readFeed: { request: { params: { secret: ids.feedSecret } }, response: { type: "text/calendar" } },
  readFreeBusy: { request: { params: { secret: ids.freebusySecret } }, response: { type: "text/calendar" } },
  readEventCalendar: { request: { params: { id: ids.event } }, response: { type: "text/calendar" } },
};
