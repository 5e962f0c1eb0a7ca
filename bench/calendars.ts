/**
 * `npm run bench -- --calendars`: twenty calendars of 2,000 events each, read from cold by the processes that the server
 * has for it, and how long the event loop that asked for it stood still meanwhile.
 */
import { Calendars } from "../packages/server/src/lib/calendar/calendars.ts";
import { systemClock } from "../packages/server/src/lib/clock.ts";
import { median } from "./rounds.ts";

const calendarCount = 20;
const eventCount = 2000;
const rounds = 5;
const day = 86_400_000;
const fromMs = Date.UTC(2026, 0, 1);

const rules = [
  ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR", "EXDATE;TZID=Europe/London:20260316T100000,20260318T100000"],
  ["RRULE:FREQ=MONTHLY;BYDAY=2TU"],
];

/** As large as a feed may be: a quarter of its events are three times a week, a quarter monthly. */
export function largeCalendar(seed: number): Uint8Array {
  const lines = ["BEGIN:VCALENDAR", "VERSION:2.0"];
  for (let index = 0; index < eventCount; index++) lines.push(...event(index + seed));
  return new TextEncoder().encode([...lines, "END:VCALENDAR", ""].join("\r\n"));
}

function event(index: number): string[] {
  const time = new Date(fromMs + (index % 400) * day + (8 + (index % 11)) * 3_600_000);
  const text = time.toISOString().replaceAll(/[-:]|\.000Z/g, "");
  return [
    "BEGIN:VEVENT",
    `UID:${index}-0123456789abcdef@example.org`,
    "DTSTAMP:20260101T000000Z",
    `DTSTART;TZID=Europe/London:${text}`,
    `DTEND;TZID=Europe/London:${text.slice(0, 11)}3000`,
    ...(rules[index % 4] ?? []),
    `SUMMARY:Something that nobody keeps, number ${index}`,
    `DESCRIPTION:${"Words of somebody. ".repeat(8)}`,
    "LOCATION:Somewhere",
    "END:VEVENT",
  ];
}

export interface CalendarFigures {
  readonly totalMs: number;
  readonly longestPauseMs: number;
  /** What the asking process itself spent. */
  readonly ownCpuMs: number;
  readonly bytes: number;
  readonly instances: number;
}

export async function measureCalendars(): Promise<CalendarFigures> {
  const texts = Array.from({ length: calendarCount }, (_, index) => largeCalendar(index));
  const calendars = new Calendars(systemClock);
  const pauses = watchPauses();
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const request = { timeZone: "America/Vancouver", fromMs, untilMs: fromMs + 400 * day };
  const answers = await Promise.all(texts.map((text) => calendars.read({ ...request, text })));
  const totalMs = performance.now() - begun;
  const longestPauseMs = pauses.stop();
  const { user, system } = process.cpuUsage(cpu);
  await calendars.stop();
  const busy = answers.map((answer) =>
    "busy" in answer && answer.skipped.length === 0 ? answer.busy.length / 2 : 0,
  );
  if (busy.includes(0)) throw new Error("a calendar was not read as a whole");
  const bytes = texts.reduce((sum, text) => sum + text.length, 0);
  return {
    totalMs,
    longestPauseMs,
    ownCpuMs: (user + system) / 1000,
    bytes,
    instances: busy.reduce((sum, count) => sum + count, 0),
  };
}

/** The longest time between two turns of the loop, less the millisecond that is asked for. */
function watchPauses(): { stop(): number } {
  let last = performance.now();
  let longest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - 1);
    last = now;
  }, 1);
  return {
    stop() {
      clearInterval(timer);
      return longest;
    },
  };
}

export async function reportCalendars(): Promise<boolean> {
  const measured: CalendarFigures[] = [];
  for (let round = 0; round < rounds; round++) measured.push(await measureCalendars());
  const total = median(measured.map(({ totalMs }) => totalMs));
  const pause = median(measured.map(({ longestPauseMs }) => longestPauseMs));
  const own = median(measured.map(({ ownCpuMs }) => ownCpuMs));
  const bytes = measured[0]?.bytes ?? 0;
  console.log(
    `${calendarCount} calendars of ${eventCount} events, ${(bytes / 1e6).toFixed(1)} MB, from cold, ${rounds} rounds`,
  );
  console.log(
    `read in ${Math.round(total)} ms (bar 2,000); longest pause of the asking loop ${pause.toFixed(1)} ms (bar 20), its own time ${Math.round(own)} ms`,
  );
  return total <= 2000 && pause <= 20;
}
