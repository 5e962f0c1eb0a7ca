import type { ExamplesOf } from "../example.ts";
import type { feeds } from "../feeds.ts";
import { ids, nowMs } from "./cast.ts";

/** Dinner; `sequence` counts the event's changes and the own answers. */
const dinner = (sequence: number) => `BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Jarvis//Jarvis//EN\r
REFRESH-INTERVAL;VALUE=DURATION:PT1H\r
X-PUBLISHED-TTL:PT1H\r
NAME:Jarvis\r
X-WR-CALNAME:Jarvis\r
BEGIN:VEVENT\r
UID:${ids.event}@jarvis\r
SEQUENCE:${sequence}\r
DTSTAMP:20300601T120000Z\r
CREATED:20300601T120000Z\r
LAST-MODIFIED:20300601T120000Z\r
DTSTART:20300601T123000Z\r
DTEND:20300601T143000Z\r
SUMMARY:Dinner\r
LOCATION:Brix\\, 1138 Homer St\r
GEO:49.2756;-123.1213\r
URL:https://jarvis.example/chat/${ids.event}\r
STATUS:CONFIRMED\r
TRANSP:OPAQUE\r
END:VEVENT\r
END:VCALENDAR\r
`;

const busy = `BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Jarvis//Jarvis//EN\r
BEGIN:VFREEBUSY\r
UID:${ids.feed}@jarvis\r
DTSTAMP:20300531T120000Z\r
DTSTART:20300531T120000Z\r
DTEND:20300830T120000Z\r
FREEBUSY;FBTYPE=BUSY:20300601T123000Z/20300601T143000Z\r
END:VFREEBUSY\r
END:VCALENDAR\r
`;

const type = "text/calendar";

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
  readFeed: { request: { params: { secret: ids.feedSecret } }, response: { type, text: dinner(0) } },
  readFreeBusy: { request: { params: { secret: ids.freebusySecret } }, response: { type, text: busy } },
  readEventCalendar: { request: { params: { id: ids.event } }, response: { type, text: dinner(1) } },
};
