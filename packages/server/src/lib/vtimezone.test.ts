import { describe, expect, test } from "bun:test";
import ICAL from "ical.js";
import { writeCalendar, writeComponent } from "./icalendar.ts";
import { vtimezone } from "./vtimezone.ts";

const zones = [
  "America/Vancouver",
  "America/New_York",
  "Europe/Berlin",
  "Europe/Dublin",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "America/Santiago",
  "America/Nuuk",
  "Africa/Casablanca",
  "Africa/Cairo",
  "Asia/Gaza",
  "Asia/Kolkata",
  "America/St_Johns",
  "Antarctica/Troll",
  "Asia/Jerusalem",
  "UTC",
];
const hour = 3_600_000;

function read(zone: string, fromYear: number, lastYear: number): ICAL.Timezone {
  const text = writeCalendar([], [writeComponent(vtimezone(zone, fromYear, lastYear))]);
  const component = new ICAL.Component(ICAL.parse(text) as unknown[]).getFirstSubcomponent("vtimezone");
  if (component === null) throw new Error("no VTIMEZONE");
  return new ICAL.Timezone(component);
}

/** The instant that a reader of the definition takes a local time for. */
function instantBy(zone: ICAL.Timezone, local: Temporal.PlainDateTime): number {
  const { year, month, day, hour: hours, minute, second } = local;
  const time = new ICAL.Time({ year, month, day, hour: hours, minute, second, isDate: false }, zone);
  return time.toUnixTime() * 1_000;
}

/** Hours around each change of the clocks, and one a week in between; what no clock shows or shows twice is left out. */
function* localTimes(zone: string, fromYear: number, lastYear: number): Generator<Temporal.ZonedDateTime> {
  const begin = Temporal.PlainDate.from({ year: fromYear, month: 1, day: 1 }).toZonedDateTime(zone);
  const end = begin.with({ year: lastYear + 1 });
  for (let at = begin; at.epochMilliseconds < end.epochMilliseconds; at = at.add({ days: 7 })) yield at;
  let change = begin.getTimeZoneTransition("next");
  for (; change !== null && change.year <= lastYear; change = change.getTimeZoneTransition("next"))
    for (const hours of [-5, -3, -2, 2, 3, 5]) yield change.add({ hours });
}

describe("a VTIMEZONE", () => {
  test.each(zones)("of %s gives the instants that the zone has", (zone) => {
    const read2020 = read(zone, 2020, 2034);
    let looked = 0;
    for (const at of localTimes(zone, 2020, 2034)) {
      const local = at.toPlainDateTime();
      if (local.toZonedDateTime(zone, { disambiguation: "later" }).epochMilliseconds !== at.epochMilliseconds)
        continue;
      if (
        local.toZonedDateTime(zone, { disambiguation: "earlier" }).epochMilliseconds !== at.epochMilliseconds
      )
        continue;
      const by = instantBy(read2020, local);
      if (by !== at.epochMilliseconds)
        throw new Error(`${at.toString()} is read as ${(by - at.epochMilliseconds) / hour} h later`);
      looked++;
    }
    expect(looked).toBeGreaterThan(700);
  });

  test("goes on for ever where the clocks are changed by a rule, and else ends with what is known", () => {
    const text = (zone: string) => writeComponent(vtimezone(zone, 2026, 2028));
    expect(text("America/Vancouver")).toContain("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU\r\n");
    expect(text("Europe/Berlin")).toContain("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\n");
    expect(text("America/Santiago")).toContain(
      "RRULE:FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=2,3,4,5,6,7,8;BYDAY=SU\r\n",
    );
    expect(text("Africa/Casablanca")).not.toContain("RRULE");
    expect(text("Asia/Kolkata").match(/BEGIN:(STANDARD|DAYLIGHT)/g)).toEqual(["BEGIN:STANDARD"]);
  });

  test("of every zone can be read", () => {
    for (const zone of Intl.supportedValuesOf("timeZone")) expect(read(zone, 2026, 2028).tzid).toBe(zone);
  });
});
