import { afterAll, describe, expect, test } from "bun:test";
import { Calendars } from "../../lib/calendar/calendars.ts";
import { systemClock } from "../../lib/clock.ts";
import { calendarData, parseDataRequest } from "./calendar-data.ts";
import { parseFilter } from "./filter.ts";
import { matches } from "./filter-match.ts";
import type { Expansion } from "./instances.ts";
import { parseCalendar } from "./jcal.ts";
import { parseXml } from "./xml-read.ts";

const calendars = new Calendars(systemClock);
afterAll(() => calendars.stop());
const expansion: Expansion = {
  floatingZone: "America/Vancouver",
  expand: (request) => calendars.expandRule(request),
};

const ns = 'xmlns="urn:ietf:params:xml:ns:caldav"';

function calendarOf(...events: string[]): string {
  const body = events.map(
    (lines) =>
      `BEGIN:VEVENT\r\n${lines
        .trim()
        .split(/\s*\n\s*/)
        .join("\r\n")}\r\nEND:VEVENT\r\n`,
  );
  return `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n${body.join("")}END:VCALENDAR\r\n`;
}

function meets(ics: string, inner: string): Promise<boolean> {
  const filter = parseFilter(
    parseXml(`<filter ${ns}><comp-filter name="VCALENDAR">${inner}</comp-filter></filter>`),
  );
  return matches(parseCalendar(ics), filter, expansion);
}

function within(ics: string, start: string | null, end: string | null): Promise<boolean> {
  const ends = `${start === null ? "" : `start="${start}"`} ${end === null ? "" : `end="${end}"`}`;
  return meets(ics, `<comp-filter name="VEVENT"><time-range ${ends}/></comp-filter>`);
}

const dinner = `DTSTART:20260310T180000Z
  DTEND:20260310T200000Z`;

describe("a time range finds an event (RFC 4791, section 9.9)", () => {
  test.each([
    ["that spans it", dinner, "20260310T183000Z", "20260310T190000Z", true],
    ["that lies in it", dinner, "20260310T000000Z", "20260311T000000Z", true],
    ["that reaches into it", dinner, "20260310T195959Z", "20260311T000000Z", true],
    ["that begins in it", dinner, "20260310T000000Z", "20260310T180001Z", true],
    ["not that ends as it begins", dinner, "20260310T200000Z", "20260311T000000Z", false],
    ["not that begins as it ends", dinner, "20260310T000000Z", "20260310T180000Z", false],
    ["with no end", dinner, "20260310T190000Z", null, true],
    ["with no beginning", dinner, null, "20260310T190000Z", true],
    ["not past one with no beginning", dinner, null, "20260310T180000Z", false],
    [
      "of a length that is given",
      "DTSTART:20260310T180000Z\nDURATION:PT2H",
      "20260310T195900Z",
      "20260311T000000Z",
      true,
    ],
    [
      "of no length, at its beginning",
      "DTSTART:20260310T180000Z",
      "20260310T180000Z",
      "20260310T190000Z",
      true,
    ],
    [
      "of no length, not at its end",
      "DTSTART:20260310T180000Z",
      "20260310T170000Z",
      "20260310T180000Z",
      false,
    ],
    [
      "of no length that is given",
      "DTSTART:20260310T180000Z\nDURATION:PT0S",
      "20260310T180000Z",
      "20260310T190000Z",
      true,
    ],
    // 10 March in Vancouver is 07:00 of the 10th to 07:00 of the 11th, in UTC.
    [
      "of a whole day, in its last hour",
      "DTSTART;VALUE=DATE:20260310",
      "20260311T060000Z",
      "20260311T063000Z",
      true,
    ],
    [
      "of a whole day, not after it",
      "DTSTART;VALUE=DATE:20260310",
      "20260311T070000Z",
      "20260311T080000Z",
      false,
    ],
    [
      "of several days",
      "DTSTART;VALUE=DATE:20260310\nDTEND;VALUE=DATE:20260313",
      "20260312T200000Z",
      "20260312T210000Z",
      true,
    ],
    [
      "in a zone of its own",
      "DTSTART;TZID=Asia/Tokyo:20260310T020000\nDTEND;TZID=Asia/Tokyo:20260310T030000",
      "20260309T173000Z",
      "20260309T174000Z",
      true,
    ],
    [
      "whose zone is not UTC",
      "DTSTART;TZID=Asia/Tokyo:20260310T020000\nDTEND;TZID=Asia/Tokyo:20260310T030000",
      "20260310T020000Z",
      "20260310T030000Z",
      false,
    ],
  ])("%s", async (_, event, start, end, found) => {
    expect(await within(calendarOf(event), start, end)).toBe(found);
  });
});

const weekly = `UID:w
  DTSTART;TZID=America/Vancouver:20260302T180000
  DTEND;TZID=America/Vancouver:20260302T200000
  RRULE:FREQ=WEEKLY
  EXDATE;TZID=America/Vancouver:20260316T180000`;
/** The one of the 23rd is a day later. */
const moved = `UID:w
  RECURRENCE-ID;TZID=America/Vancouver:20260323T180000
  DTSTART;TZID=America/Vancouver:20260324T180000
  DTEND;TZID=America/Vancouver:20260324T200000
  SUMMARY:later`;

describe("a time range finds a series by its instances", () => {
  const series = calendarOf(weekly, moved);
  test.each([
    ["its first", "20260303T020000Z", "20260303T030000Z", true],
    [
      "one years later, an hour later in UTC than before the clocks changed",
      "20291204T030000Z",
      "20291204T033000Z",
      true,
    ],
    ["one after the clocks changed, an hour earlier in UTC", "20260331T010000Z", "20260331T013000Z", true],
    ["none before the first", "20250101T000000Z", "20260303T020000Z", false],
    ["none between", "20260304T000000Z", "20260309T000000Z", false],
    ["not the one that was taken out", "20260317T000000Z", "20260317T050000Z", false],
    ["not where one was before it moved", "20260324T000000Z", "20260324T050000Z", false],
    ["where it moved to", "20260325T000000Z", "20260325T050000Z", true],
    ["a range that one spans", "20260310T013000Z", "20260310T014000Z", true],
  ])("%s", async (_, start, end, found) => {
    expect(await within(series, start, end)).toBe(found);
  });

  test("one without an end, in a range without an end", async () => {
    expect(await within(series, "20300101T000000Z", null)).toBe(true);
    expect(await within(series, null, "20260301T000000Z")).toBe(false);
  });

  test("not one that has ended", async () => {
    const ended = calendarOf(weekly.replace("FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=2"));
    expect(await within(ended, "20260312T000000Z", null)).toBe(false);
    expect(await within(ended, "20260309T000000Z", null)).toBe(true);
  });

  test("whole days", async () => {
    const days = calendarOf(
      "DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260304\nRRULE:FREQ=WEEKLY;UNTIL=20260316",
    );
    expect(await within(days, "20260318T060000Z", "20260318T063000Z")).toBe(true);
    expect(await within(days, "20260318T070000Z", "20260319T000000Z")).toBe(false);
    expect(await within(days, "20260323T080000Z", "20260326T000000Z")).toBe(false);
  });

  test("more dates", async () => {
    const more = calendarOf("DTSTART:20260302T100000Z\nDTEND:20260302T110000Z\nRDATE:20260405T100000Z");
    expect(await within(more, "20260405T103000Z", "20260405T104000Z")).toBe(true);
    expect(await within(more, "20260404T103000Z", "20260405T100000Z")).toBe(false);
  });

  test("exceptions alone, where there is no series to them", async () => {
    expect(await within(calendarOf(moved), "20260325T000000Z", "20260325T050000Z")).toBe(true);
    expect(await within(calendarOf(moved), "20260401T000000Z", "20260407T050000Z")).toBe(false);
  });
});

describe("filters of what an event says", () => {
  const event = calendarOf(`UID:a@jarvis
    SUMMARY;LANGUAGE=de:Straße\\, später
    STATUS:CANCELLED
    DTSTAMP:20260301T000000Z
    ${dinner}`);
  const inEvent = (inner: string) => `<comp-filter name="VEVENT">${inner}</comp-filter>`;
  test.each([
    ["", true],
    [inEvent(""), true],
    ['<comp-filter name="vevent"/>', true],
    ['<comp-filter name="VTODO"/>', false],
    ['<comp-filter name="VTODO"><time-range start="20260101T000000Z"/></comp-filter>', false],
    ['<comp-filter name="VTODO"><is-not-defined/></comp-filter>', true],
    ['<comp-filter name="VEVENT"><is-not-defined/></comp-filter>', false],
    [inEvent('<comp-filter name="VALARM"/>'), false],
    [inEvent('<prop-filter name="SUMMARY"/>'), true],
    [inEvent('<prop-filter name="LOCATION"/>'), false],
    [inEvent('<prop-filter name="LOCATION"><is-not-defined/></prop-filter>'), true],
    [inEvent('<prop-filter name="SUMMARY"><is-not-defined/></prop-filter>'), false],
    [inEvent('<prop-filter name="SUMMARY"><text-match>STRA</text-match></prop-filter>'), true],
    [inEvent('<prop-filter name="SUMMARY"><text-match>STRASSE</text-match></prop-filter>'), false],
    [inEvent('<prop-filter name="SUMMARY"><text-match>SPÄTER</text-match></prop-filter>'), false],
    [inEvent('<prop-filter name="SUMMARY"><text-match>e, s</text-match></prop-filter>'), true],
    [
      inEvent('<prop-filter name="SUMMARY"><text-match collation="i;octet">stra</text-match></prop-filter>'),
      false,
    ],
    [
      inEvent(
        '<prop-filter name="SUMMARY"><text-match negate-condition="yes">stra</text-match></prop-filter>',
      ),
      false,
    ],
    [
      inEvent(
        '<prop-filter name="STATUS"><text-match negate-condition="yes">CANCELLED</text-match></prop-filter>',
      ),
      false,
    ],
    [inEvent('<prop-filter name="SUMMARY"><param-filter name="LANGUAGE"/></prop-filter>'), true],
    [inEvent('<prop-filter name="SUMMARY"><param-filter name="ALTREP"/></prop-filter>'), false],
    [
      inEvent(
        '<prop-filter name="SUMMARY"><param-filter name="ALTREP"><is-not-defined/></param-filter></prop-filter>',
      ),
      true,
    ],
    [
      inEvent(
        '<prop-filter name="SUMMARY"><param-filter name="LANGUAGE"><text-match>en</text-match></param-filter></prop-filter>',
      ),
      false,
    ],
    [inEvent('<prop-filter name="DTSTAMP"><time-range start="20260301T000000Z"/></prop-filter>'), true],
    [inEvent('<prop-filter name="DTSTAMP"><time-range end="20260301T000000Z"/></prop-filter>'), false],
    [inEvent('<prop-filter name="DTSTART"><text-match>20260310T18</text-match></prop-filter>'), true],
  ])("%s: %p", async (inner, found) => {
    expect(await meets(event, inner)).toBe(found);
  });

  test("one event has to meet all of them", async () => {
    const later = '<prop-filter name="SUMMARY"><text-match>later</text-match></prop-filter>';
    const asked = (start: string, end: string) =>
      meets(calendarOf(weekly, moved), inEvent(`<time-range start="${start}" end="${end}"/>${later}`));
    expect(await asked("20260325T000000Z", "20260325T050000Z")).toBe(true);
    // There is an event then, and there is one called so, and they are two.
    expect(await asked("20260310T000000Z", "20260310T050000Z")).toBe(false);
  });

  test.each([
    ["", "valid-filter"],
    ['<comp-filter name="VEVENT"/>', "valid-filter"],
    ["<comp-filter/>", "valid-filter"],
    ['<comp-filter name="VCALENDAR"/><comp-filter name="VCALENDAR"/>', "valid-filter"],
    [
      '<comp-filter name="VCALENDAR"><time-range start="20260101T000000Z"/></comp-filter>',
      "supported-filter",
    ],
    [
      '<comp-filter name="VCALENDAR"><comp-filter name="VALARM"><time-range start="20260101T000000Z"/></comp-filter></comp-filter>',
      "supported-filter",
    ],
    ['<comp-filter name="VCALENDAR"><limit/></comp-filter>', "supported-filter"],
    [`<comp-filter name="VCALENDAR">${inEvent("<time-range/>")}</comp-filter>`, "valid-filter"],
    [
      `<comp-filter name="VCALENDAR">${inEvent('<time-range start="20260101"/>')}</comp-filter>`,
      "valid-filter",
    ],
    [
      `<comp-filter name="VCALENDAR">${inEvent('<time-range start="20260231T000000Z"/>')}</comp-filter>`,
      "valid-filter",
    ],
    [
      `<comp-filter name="VCALENDAR">${inEvent('<time-range start="20260102T000000Z" end="20260101T000000Z"/>')}</comp-filter>`,
      "valid-filter",
    ],
    [
      `<comp-filter name="VCALENDAR">${inEvent('<prop-filter name="SUMMARY"><time-range start="20260101T000000Z"/></prop-filter>')}</comp-filter>`,
      "supported-filter",
    ],
    [
      `<comp-filter name="VCALENDAR">${inEvent('<prop-filter name="SUMMARY"><text-match collation="i;unicode-casemap">x</text-match></prop-filter>')}</comp-filter>`,
      "supported-collation",
    ],
    [
      `<comp-filter name="VCALENDAR">${inEvent('<prop-filter name="SUMMARY"><text-match match-type="equals">x</text-match><x/></prop-filter>')}</comp-filter>`,
      "supported-filter",
    ],
  ])("%s is refused: %s", (inner, precondition) => {
    expect(() => parseFilter(parseXml(`<filter ${ns}>${inner}</filter>`))).toThrow(
      expect.objectContaining({ precondition: `{urn:ietf:params:xml:ns:caldav}${precondition}` }),
    );
  });
});

describe("parts of an object", () => {
  const partsOf = (ics: string, inner: string) =>
    calendarData(ics, parseDataRequest(parseXml(`<calendar-data ${ns}>${inner}</calendar-data>`)), expansion);
  const linesOf = (ics: string, ...names: string[]) =>
    ics.split("\r\n").filter((line) => names.some((name) => line.startsWith(name)));

  test("are all of it, byte by byte, unless less is asked for", async () => {
    const ics = calendarOf(weekly, moved);
    expect(await partsOf(ics, "")).toBe(ics);
  });

  test("each instance by itself, in UTC", async () => {
    const data = await partsOf(
      calendarOf(weekly, moved),
      '<expand start="20260302T000000Z" end="20260326T000000Z"/>',
    );
    expect(linesOf(data, "DTSTART", "DTEND", "RECURRENCE-ID", "RRULE", "EXDATE", "SUMMARY")).toEqual([
      "DTSTART:20260303T020000Z",
      "DTEND:20260303T040000Z",
      "RECURRENCE-ID:20260303T020000Z",
      "DTSTART:20260310T010000Z",
      "DTEND:20260310T030000Z",
      "RECURRENCE-ID:20260310T010000Z",
      "RECURRENCE-ID:20260324T010000Z",
      "DTSTART:20260325T010000Z",
      "DTEND:20260325T030000Z",
      "SUMMARY:later",
    ]);
  });

  test("whole days as days", async () => {
    const data = await partsOf(
      calendarOf("DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260304\nRRULE:FREQ=WEEKLY;COUNT=2"),
      '<expand start="20260305T000000Z" end="20260401T000000Z"/>',
    );
    expect(linesOf(data, "DTSTART", "DTEND", "RECURRENCE-ID")).toEqual([
      "DTSTART;VALUE=DATE:20260309",
      "DTEND;VALUE=DATE:20260311",
      "RECURRENCE-ID;VALUE=DATE:20260309",
    ]);
  });

  test("an event that is none of a series has no name in one", async () => {
    const data = await partsOf(
      calendarOf(dinner),
      '<expand start="20260302T000000Z" end="20260401T000000Z"/>',
    );
    expect(linesOf(data, "DTSTART", "RECURRENCE-ID")).toEqual(["DTSTART:20260310T180000Z"]);
  });

  test("too many instances are refused, and not cut", () => {
    const daily = calendarOf("DTSTART:20260302T180000Z\nRRULE:FREQ=DAILY");
    expect(partsOf(daily, '<expand start="20260302T000000Z" end="20460302T000000Z"/>')).rejects.toMatchObject(
      {
        precondition: "{DAV:}number-of-matches-within-limits",
      },
    );
  });

  test("a series with those exceptions alone that touch the range", async () => {
    const limited = (start: string, end: string) =>
      partsOf(calendarOf(weekly, moved), `<limit-recurrence-set start="${start}" end="${end}"/>`);
    expect(linesOf(await limited("20260301T000000Z", "20260310T000000Z"), "RRULE", "SUMMARY")).toHaveLength(
      1,
    );
    expect(linesOf(await limited("20260324T000000Z", "20260324T050000Z"), "RRULE", "SUMMARY")).toHaveLength(
      2,
    );
    expect(linesOf(await limited("20260325T000000Z", "20260325T050000Z"), "RRULE", "SUMMARY")).toHaveLength(
      2,
    );
  });

  test("named properties of named components", async () => {
    const data = await partsOf(
      calendarOf(weekly),
      '<comp name="VCALENDAR"><prop name="VERSION"/><comp name="VEVENT"><prop name="UID"/></comp></comp>',
    );
    expect(data).toBe(
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:w\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    );
  });
});
