import type { Calendar } from "../calendars.ts";
import type { ExamplesOf } from "../example.ts";
import type { calendars } from "../calendars.ts";
import { ids, nowMs } from "./cast.ts";

/** Half an hour at the dentist's. */
const document = `BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//example//EN\r
BEGIN:VEVENT\r
UID:dentist@example.org\r
DTSTAMP:20300601T080000Z\r
DTSTART:20300602T150000Z\r
DTEND:20300602T153000Z\r
SUMMARY:Dentist\r
END:VEVENT\r
END:VCALENDAR\r
`;

const calendar: Calendar = {
  id: ids.calendar,
  kind: "file",
  name: "Work",
  host: null,
  state: "ok",
  error: null,
  events: 1,
  skipped: [],
  fetched_ms: nowMs,
  next_ms: null,
  created_ms: nowMs,
};

const params = { id: ids.ada };

export const calendarsExamples: ExamplesOf<typeof calendars> = {
  addCalendar: {
    request: {
      params,
      query: { name: "Work" },
      document,
      body: { url: "https://calendar.example/secret.ics", name: "Work" },
    },
    response: calendar,
  },
  listCalendars: { request: { params }, response: [calendar] },
  refreshCalendar: {
    request: { params: { id: ids.ada, calendar: ids.calendar } },
    response: { ...calendar, kind: "url", name: "Team", host: "localhost", next_ms: nowMs + 60 * 60_000 },
  },
  removeCalendar: { request: { params: { id: ids.ada, calendar: ids.calendar } }, response: "success" },
};
