import { wrapped } from "./corpus.ts";

const all = (length: number, first = 0) => Array.from({ length }, (_, index) => index + first).join(",");

/** Every second of every day of a year: 31.5 million instances in a rule of less than a kilobyte. */
const denseRule = `FREQ=YEARLY;COUNT=1;BYMONTH=${all(12, 1)};BYMONTHDAY=${all(31, 1)};BYHOUR=${all(24)};BYMINUTE=${all(60)};BYSECOND=${all(60)}`;

/** Rules that hung other programs, with their start. */
export const bombs: Readonly<Record<string, readonly [start: string, rule: string]>> = {
  "every second since 1970": ["19700101T000000", "FREQ=SECONDLY"],
  "every second since 1970, counted": ["19700101T000000", "FREQ=SECONDLY;COUNT=2147483647"],
  "a day that is never": ["20200101T000000", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"],
  "a second of a day that is never": ["19700101T000000", "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"],
  dense: ["20260101T000000", denseRule],
  "dense, every one": ["19700101T000000", denseRule.replace("COUNT=1;", "")],
  "dense, the last of each year": ["19700101T000000", `${denseRule.replace("COUNT=1;", "")};BYSETPOS=-1`],
  "dense, counted far": ["19700101T000000", denseRule.replace("COUNT=1;", "COUNT=2147483647;")],
  "no interval": ["20260101T000000", "FREQ=DAILY;INTERVAL=0"],
  "second of one": ["20260101T000000", "FREQ=MONTHLY;BYDAY=1TH;BYSETPOS=2"],
  "a fourth thursday on the 24th": ["20260101T000000", "FREQ=YEARLY;BYDAY=4TH;BYMONTHDAY=24;BYMONTH=11"],
  "huge interval": ["20260101T000000", "FREQ=YEARLY;INTERVAL=2147483647"],
  "huge interval and count": ["20260101T000000", "FREQ=SECONDLY;INTERVAL=2147483647;COUNT=2147483647"],
  "huge count": ["19700101T000000", "FREQ=DAILY;COUNT=2147483647;BYHOUR=1,2,3"],
  "negative month days": ["20260130T180000", "FREQ=DAILY;BYMONTHDAY=-1,-2;COUNT=5"],
  "far past": ["00010101T000000", "FREQ=YEARLY;BYDAY=1MO"],
  "weeks of a year": ["19700101T000000", `FREQ=YEARLY;BYWEEKNO=${all(53, 1)};COUNT=2147483647`],
};

const stamp = "DTSTART:20260310T090000Z";

/** One harmless event, on which nothing else may have an effect. */
export const harmless = [
  "BEGIN:VEVENT",
  "UID:harmless",
  "DTSTART:20260320T090000Z",
  "DURATION:PT15M",
  "END:VEVENT",
];
export const harmlessQuarter = "2026-03-20T09:00";

function event(...lines: string[]): string[] {
  return ["BEGIN:VEVENT", ...lines, "END:VEVENT"];
}

function bomb([start, rule]: readonly [string, string]): string[] {
  return event(`DTSTART;TZID=Europe/London:${start}`, "DURATION:PT5M", `RRULE:${rule}`, `EXRULE:${rule}`);
}

function repeat(count: number, lines: (index: number) => readonly string[]): string[] {
  return Array.from({ length: count }, (_, index) => lines(index)).flat();
}

const hostileZone = (until: string) => [
  "BEGIN:VTIMEZONE",
  "TZID:Far",
  "BEGIN:STANDARD",
  "DTSTART:00010101T000000",
  `RRULE:FREQ=SECONDLY;UNTIL=${until}`,
  "TZOFFSETFROM:+0100",
  "TZOFFSETTO:+0000",
  "END:STANDARD",
  "END:VTIMEZONE",
];

/** Calendars of at most 1 MiB that cost other programs much. */
export const hostileCalendars: Readonly<Record<string, () => string[]>> = {
  ...Object.fromEntries(Object.entries(bombs).map(([name, pair]) => [`rule: ${name}`, () => bomb(pair)])),
  "all the rules, many times": () => repeat(40, () => Object.values(bombs).flatMap(bomb)),
  "a thousand rules of a minute": () =>
    repeat(1000, () => bomb(["20200101T000000", "FREQ=MINUTELY;INTERVAL=7"])),
  "18,000 events": () => repeat(18_000, () => event(stamp)),
  "events that never end": () => repeat(20_000, () => ["BEGIN:VEVENT", stamp]),
  "one line of a mebibyte": () => event(stamp, `SUMMARY:${"x".repeat(1_000_000)}`),
  "one folded line of a mebibyte": () => event(stamp, `SUMMARY:x${"\r\n x".repeat(250_000)}`),
  "parameters without end": () => event(`DTSTART${";A=B".repeat(240_000)}:20260310T090000Z`),
  "quotes without end": () => event(`DTSTART;A=${'"'.repeat(500_000)};:20260310T090000Z`),
  "alarms in alarms": () => event(stamp, ...repeat(30_000, () => ["BEGIN:VALARM", "TRIGGER:-PT1M"])),
  "ends without a beginning": () => event(stamp, ...repeat(60_000, () => ["END:VALARM"])),
  "a zone to the year 44400": () => [
    ...hostileZone("444000101T000000Z"),
    ...event("DTSTART;TZID=Far:20260310T090000"),
  ],
  "a zone that changes every second": () => [
    ...hostileZone("99991231T000000Z"),
    ...event("DTSTART;TZID=Far:20260310T090000"),
  ],
  "a thousand zones": () =>
    repeat(1000, (index) => [
      ...hostileZone("99991231T000000Z").map((line) => line.replace("TZID:Far", `TZID:Far${index}`)),
      ...event(`DTSTART;TZID=Far${index}:20260310T090000`),
    ]),
  "unknown zones": () => repeat(8000, (index) => event(`DTSTART;TZID=Nowhere/${index}:20260310T090000`)),
  "a zone that is a path": () => event("DTSTART;TZID=../../etc/passwd:20260310T090000"),
  "long names of zones": () =>
    repeat(500, (index) => event(`DTSTART;TZID=${index}${"a".repeat(1900)}:20260310T090000`)),
  "an end before the start": () => event(stamp, "DTEND:20260309T090000Z"),
  "ten years": () => event(stamp, "DTEND:20360310T090000Z"),
  "a million years": () => event(stamp, "DURATION:P999999W"),
  "long instances every minute": () =>
    bomb(["20200101T000000", "FREQ=MINUTELY"]).map((line) => line.replace("PT5M", "P366D")),
  "65,000 exceptions": () => event(stamp, "RRULE:FREQ=DAILY", `EXDATE:${"20260311T090000Z,".repeat(60_000)}`),
  "65,000 extra dates": () => event(stamp, "DURATION:P1D", `RDATE:${"20260311T090000Z,".repeat(60_000)}`),
  "many rules in one event": () => event(stamp, ...repeat(10_000, () => ["RRULE:FREQ=DAILY;BYHOUR=1,2,3,4"])),
  "replacements for everything": () => [
    ...event("UID:a", stamp, "RRULE:FREQ=MINUTELY"),
    ...repeat(5000, () =>
      event(
        "UID:a",
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20260311T090000Z",
        "DTSTART:20260312T090000Z",
        "SEQUENCE:1",
      ),
    ),
  ],
  "many series, each replaced by all": () =>
    repeat(4000, (index) =>
      event(
        "UID:a",
        `DTSTART:2026031${index % 10}T09${String(index % 60).padStart(2, "0")}00Z`,
        ...(index % 2
          ? [`RECURRENCE-ID;RANGE=THISANDFUTURE:20260311T09${String(index % 60).padStart(2, "0")}00Z`]
          : ["RRULE:FREQ=DAILY"]),
        `DURATION:PT${index}S`,
      ),
    ),
  "years that are far": () =>
    [
      "00000101",
      "99991231",
      "19690101",
      "20261301",
      "20260230",
      "20260310T240000",
      "20261231T235960",
    ].flatMap((value) => event(`DTSTART:${value}`)),
  "values that are none": () =>
    [
      "",
      ":",
      ";",
      "DTSTART",
      "DTSTART:",
      "DTSTART;TZID=:x",
      "=",
      "\u0000",
      "RRULE:;;;",
      "END:",
      "BEGIN:",
    ].flatMap((line) => event(line)),
};

export function hostileText(lines: readonly string[]): string {
  return wrapped([...harmless, ...lines]);
}
