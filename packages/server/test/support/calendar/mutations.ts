import { array, type Arbitrary, constantFrom, integer, oneof, record, string, tuple } from "fast-check";
import { hostileCalendars } from "./hostile.ts";
import { samples, wrapped } from "./corpus.ts";

const big = 20_000;
const seeds = [
  ...samples()
    .slice(0, 80)
    .map(({ text }) => text),
  ...Object.values(hostileCalendars)
    .map((lines) => wrapped(lines()))
    .filter((text) => text.length < big),
];

const pieces = constantFrom(
  "BEGIN:VEVENT\r\n",
  "END:VEVENT\r\n",
  "BEGIN:VTIMEZONE\r\n",
  "BEGIN:STANDARD\r\n",
  "END:VCALENDAR\r\n",
  "RRULE:FREQ=SECONDLY;INTERVAL=1\r\n",
  "RRULE:FREQ=YEARLY;BYSETPOS=-366;BYDAY=MO\r\n",
  "EXRULE:FREQ=MINUTELY\r\n",
  "RECURRENCE-ID;RANGE=THISANDFUTURE:20260329T010000Z\r\n",
  "DURATION:-P1D\r\n",
  "DURATION:P999999W\r\n",
  "RDATE;VALUE=PERIOD:99991231T235959Z/P366D\r\n",
  "TZOFFSETFROM:+2359\r\n",
  "DTSTART:00000101\r\n",
  ";TZID=",
  '"',
  "\r\n ",
  "\u0000",
  "\u{1f389}",
  "99999999999",
  "-",
);

/** A place in the text (as a share of it), what is cut there, and what comes in instead. */
const change = record({
  at: integer({ min: 0, max: 999_999 }),
  cut: oneof(integer({ min: 0, max: 3 }), integer({ min: 0, max: 300 })),
  insert: oneof(pieces, string({ maxLength: 8 }), string({ unit: "binary", maxLength: 8 })),
});

/** Calendars of the corpus and hostile ones, with some changes. */
export const mutatedCalendar: Arbitrary<string> = tuple(
  constantFrom(...seeds),
  array(change, { minLength: 1, maxLength: 12 }),
).map(([seed, changes]) =>
  changes.reduce((text, { at, cut, insert }) => {
    const from = Math.floor((at / 1_000_000) * text.length);
    return text.slice(0, from) + insert + text.slice(from + cut);
  }, seed),
);
