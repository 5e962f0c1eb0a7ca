import { describe, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import { samples, wrapped } from "./support/calendar/corpus.ts";
import { engineQuarters, quartersOf, readTimes } from "./support/calendar/quarters.ts";
import { vtimezoneOf } from "./support/calendar/vtimezone-of.ts";

const day = (text: string) => Date.parse(text) / 1000;
const spring = { timeZone: "Europe/London", from: day("2026-03-01T00:00Z"), to: day("2026-05-01T00:00Z") };

function event(...lines: string[]): string[] {
  return ["BEGIN:VEVENT", ...lines, "END:VEVENT"];
}

/** Busy times as text, from `read` and, the same once more, from what it keeps. */
function busy(text: string | Uint8Array, asked = spring): string[] {
  const quarters = engineQuarters({ ...asked, text });
  expect(engineQuarters({ ...asked, text: readTimes({ ...asked, text }).kept })).toEqual(quarters);
  return spans(quarters);
}

/** `03-29T17:00/18:15`. */
function spans(quarters: readonly string[]): string[] {
  const found: [number, number][] = [];
  for (const quarter of quarters) {
    const start = Date.parse(`${quarter}Z`);
    const last = found.at(-1);
    if (last?.[1] === start) last[1] += 900_000;
    else found.push([start, start + 900_000]);
  }
  const text = (ms: number) => new Date(ms).toISOString();
  return found.map(([start, end]) => `${text(start).slice(5, 16)}/${text(end).slice(11, 16)}`);
}

const evening = ["DTSTART;TZID=Europe/London:20260329T180000", "DURATION:PT70M"];
const atFive = ["03-29T17:00/18:15"];

describe("a calendar is read", () => {
  test("with busy times rounded outward to quarters, merged and cut to the range", () => {
    const text = wrapped([
      ...event("DTSTART:20260310T100100Z", "DTEND:20260310T101600Z"),
      ...event("DTSTART:20260310T102900Z", "DTEND:20260310T104500Z"),
      ...event("DTSTART:20260228T230000Z", "DTEND:20260301T003000Z"),
      ...event("DTSTART:20260320T100000Z"),
    ]);
    expect(busy(text)).toEqual(["03-01T00:00/00:30", "03-10T10:00/10:45"]);
  });

  test("whatever its lines end with, wherever they are folded, with a BOM or in UTF-16", () => {
    const folded = ["SUMMARY:Zoë and José\u{1f389}", ...evening];
    const text = wrapped(event(...folded));
    const bytes = Buffer.from(text);
    const middle = bytes.indexOf(Buffer.from("\u{1f389}")) + 2;
    const inside = Buffer.concat([bytes.subarray(0, middle), Buffer.from("\r\n "), bytes.subarray(middle)]);
    const wrappings = [
      text,
      text.replaceAll("\r\n", "\n"),
      text.replaceAll("\r\n", "\r"),
      `\u{feff}${text}`,
      `\r\n\r\n${text}`,
      text.replace("DTSTART;TZ", "DTST\r\n ART;T\r\n\tZ"),
      text.replaceAll("BEGIN:V", "begin:v"),
      inside,
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]),
    ];
    for (const each of wrappings) expect(busy(each)).toEqual(atFive);
  });

  test("with zones by their IANA or Windows name, in quotes, with spaces, or with somebody's prefix", () => {
    const names = [
      "Europe/London",
      "GMT Standard Time",
      '"Europe/London"',
      "Europe/London ",
      "/mozilla.org/20050126_1/Europe/London",
      "europe/london",
    ];
    for (const name of names)
      expect(busy(wrapped(event(`DTSTART;TZID=${name}:20260329T180000`, "DURATION:PT70M")))).toEqual(atFive);
  });

  test("with a zone that it describes itself, as the database has it", () => {
    for (const sample of samples()) {
      const own = sample.text
        .replaceAll(`TZID=${sample.timeZone}`, "TZID=Our Office")
        .replace(
          "BEGIN:VEVENT",
          [...vtimezoneOf(sample.timeZone, "Our Office"), "BEGIN:VEVENT"].join("\r\n"),
        );
      expect(engineQuarters({ ...sample, text: own })).toEqual(engineQuarters(sample));
    }
  });

  test("with rules in the description of a zone", () => {
    const zone = [
      "BEGIN:VTIMEZONE",
      "TZID:Home",
      "BEGIN:DAYLIGHT",
      "DTSTART:19810329T010000",
      "TZOFFSETFROM:+0000",
      "TZOFFSETTO:+0100",
      "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
      "END:DAYLIGHT",
      "BEGIN:STANDARD",
      "DTSTART:19961027T020000",
      "TZOFFSETFROM:+0100",
      "TZOFFSETTO:+0000",
      "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
      "END:STANDARD",
      "END:VTIMEZONE",
    ];
    const text = wrapped([
      ...zone,
      ...event("DTSTART;TZID=Home:20260322T180000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=2"),
    ]);
    expect(busy(text)).toEqual(["03-22T18:00/19:00", "03-29T17:00/18:00"]);
  });

  test("with whole days and floating times as the person's own, also when their zone changes later", () => {
    const text = wrapped([
      ...event("DTSTART;VALUE=DATE:20260410"),
      ...event("DTSTART:20260412T090000", "DURATION:PT1H"),
    ]);
    const auckland = { ...spring, timeZone: "Pacific/Auckland" };
    expect(busy(text)).toEqual(["04-09T23:00/23:00", "04-12T08:00/09:00"]);
    expect(busy(text, auckland)).toEqual(["04-09T12:00/12:00", "04-11T21:00/22:00"]);
    expect(spans(engineQuarters({ ...auckland, text: readTimes({ ...spring, text }).kept }))).toEqual(
      busy(text, auckland),
    );
  });

  test("with a moved instance instead of the one it was, not beside it", () => {
    const text = wrapped([
      ...event("UID:a", ...evening, "RRULE:FREQ=DAILY;COUNT=3"),
      ...event(
        "UID:a",
        "RECURRENCE-ID;TZID=Europe/London:20260330T180000",
        "DTSTART:20260330T080000Z",
        "DURATION:PT1H",
      ),
    ]);
    expect(busy(text)).toEqual(["03-29T17:00/18:15", "03-30T08:00/09:00", "03-31T17:00/18:15"]);
  });

  test("with free/busy feeds of one UID and no master: every instance counts", () => {
    const instance = (date: string) =>
      event(
        "UID:x@google.com",
        `RECURRENCE-ID:${date}T090000Z`,
        `DTSTART:${date}T090000Z`,
        `DTEND:${date}T093000Z`,
      );
    const text = wrapped([...instance("20260310"), ...instance("20260311"), ...instance("20260312")]);
    expect(busy(text)).toHaveLength(3);
    expect(readTimes({ ...spring, text })).toMatchObject({ events: 3, skipped: [] });
  });

  test("with VFREEBUSY: what is not said to be free is busy", () => {
    const lines = [
      "BEGIN:VFREEBUSY",
      "FREEBUSY:20260310T090000Z/20260310T100000Z,20260311T090000Z/PT20M",
      "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260312T090000Z/PT15M",
      "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260313T090000Z/PT15M",
      "FREEBUSY;FBTYPE=FREE:20260314T090000Z/PT15M",
      "FREEBUSY;FBTYPE=X-PARTY:20260315T090000Z/PT15M",
      "END:VFREEBUSY",
    ];
    expect(busy(wrapped(lines))).toEqual([
      "03-10T09:00/10:00",
      "03-11T09:00/09:30",
      "03-12T09:00/09:15",
      "03-13T09:00/09:15",
      "03-15T09:00/09:15",
    ]);
  });

  test("with one event of two that claim to be the same, and both where nothing says which", () => {
    const twice = (...second: string[]) =>
      wrapped([...event("UID:a", ...evening), ...event("UID:a", ...second)]);
    const later = ["DTSTART:20260330T080000Z", "DURATION:PT1H"];
    const reasons = (text: string) => readTimes({ ...spring, text }).skipped;
    expect(busy(twice(...later, "SEQUENCE:1"))).toEqual(["03-30T08:00/09:00"]);
    expect(reasons(twice(...later, "SEQUENCE:1"))).toEqual([{ reason: "duplicate", count: 1 }]);
    expect(busy(twice(...evening))).toEqual(atFive);
    expect(reasons(twice(...evening))).toEqual([{ reason: "duplicate", count: 1 }]);
    expect(busy(twice(...later))).toEqual([...atFive, "03-30T08:00/09:00"]);
  });

  test("with the time after which it wants to be fetched again", () => {
    const refresh = (...lines: string[]) => readTimes({ ...spring, text: wrapped(lines) }).refreshMs;
    expect(refresh("REFRESH-INTERVAL;VALUE=DURATION:PT6H")).toBe(21_600_000);
    expect(refresh("X-PUBLISHED-TTL:P1D")).toBe(86_400_000);
    expect(refresh()).toBeNull();
  });
});

describe("what is kept", () => {
  const secret = [
    "UID:dentist-4711@example.org",
    "SUMMARY;LANGUAGE=en:Secret dentist",
    "DESCRIPTION:Secret note",
    "LOCATION:Secret street",
    "ATTENDEE;CN=Secret Friend:mailto:secret@example.org",
    "ORGANIZER:mailto:secret@example.org",
    "URL:https://secret.example.org",
    "GEO:1;2",
    "X-SECRET:Secret",
    "CATEGORIES:Secret",
    "BEGIN:VALARM",
    "DESCRIPTION:Secret",
    "END:VALARM",
  ];

  test("is times alone: every line has a name and a form that is known", () => {
    const text = wrapped([
      "X-WR-CALNAME:Secret",
      ...vtimezoneOf("Europe/London", "Secret Zone"),
      ...event(
        ...secret,
        "DTSTART;TZID=Secret Zone:20260410T180000",
        "RRULE:FREQ=DAILY;COUNT=2;X-SECRET=Secret",
      ),
      ...event(
        ...secret,
        "RECURRENCE-ID:20260411T170000Z",
        "DTSTART;X-SECRET=Secret:20260411T190000Z",
        "EXDATE:Secret",
      ),
      ...event(...secret, "DTSTART:Secret"),
      ...event("UID:Secret", "DTSTART:20260412T190000Z", "RRULE:FREQ=SECRET", "SEQUENCE:Secret"),
    ]);
    const kept = gunzipSync(readTimes({ ...spring, text }).kept).toString();
    expect(kept).not.toMatch(/secret|4711|example/i);
    const form =
      /^(?:BEGIN:V?[A-Z]+|END:V?[A-Z]+|VERSION:2\.0|TZID:Z\d+|UID:\d+|SEQUENCE:\d+|TZOFFSET(?:FROM|TO):[+-]\d{6}|R(?:RULE):[A-Z0-9=;,+-]+|(?:DTSTART|RECURRENCE-ID|RDATE|EXDATE)(?:;TZID=[\w/]+)?:[\dTZ]+|DURATION:P\d+DT\d+S)$/;
    for (const line of kept.trim().split("\r\n")) expect(line).toMatch(form);
  });

  test("is enough to read all of the corpus again, and has no events that are over", () => {
    for (const sample of samples()) {
      const { kept } = readTimes(sample);
      expect(engineQuarters({ ...sample, text: kept })).toEqual(engineQuarters(sample));
    }
    const old = wrapped(event("DTSTART:20200310T090000Z", "DURATION:PT1H"));
    expect(gunzipSync(readTimes({ ...spring, text: old }).kept).toString()).not.toContain("VEVENT");
  });
});

test("minutes and quarters agree in the oracle itself", () => {
  expect(spans(quartersOf([[day("2026-03-10T10:01Z"), day("2026-03-10T10:16Z")]], spring))).toEqual([
    "03-10T10:00/10:30",
  ]);
});
