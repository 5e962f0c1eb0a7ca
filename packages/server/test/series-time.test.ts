import { expect, test } from "bun:test";
import { expectOk } from "./support/events.ts";
import { createSeriesWorld, hour, occurrencesOf, startsOf, weekly } from "./support/series.ts";
import type { Json, Person } from "./support/world.ts";

const day = 24 * hour;

/** What a clock there shows, by the platform's own formatter: an oracle apart from what the server computes with. */
function shown(seconds: number, timeZone: string): string {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const {
    year,
    month,
    day: date,
    hour: h,
    minute,
  } = Object.fromEntries(format.formatToParts(seconds * 1000).map(({ type, value }) => [type, value]));
  return `${year}-${month}-${date} ${h}:${minute}`;
}

async function create(
  owner: Person,
  time_zone: string,
  start_time: number,
  recurrence: string,
): Promise<Json> {
  const body = { name: "x", duration: hour, time_zone, start_time, recurrence };
  return expectOk(await owner.call("POST", "/event", body), 201);
}

const zones: [string, number][] = [
  ["Europe/London", 0],
  ["America/Vancouver", -8],
  ["Australia/Lord_Howe", 11],
  ["Pacific/Chatham", 13.75],
  ["America/Sao_Paulo", -3],
  ["Africa/Casablanca", 0],
];

test.each(zones)("case 89, R11: weekly at 18:00 stays at 18:00 in %s all year", async (zone, offset) => {
  await using world = await createSeriesWorld();
  const { ann } = await world.people("ann");
  const start = Date.UTC(2030, 0, 2, 18) / 1000 - offset * hour;
  expect(shown(start, zone)).toBe("2030-01-02 18:00");
  const series = await create(ann, zone, start, "FREQ=WEEKLY;COUNT=53");
  const starts = startsOf(await occurrencesOf(ann, series.id));
  const days = Array.from({ length: 53 }, (_, week) =>
    new Date(Date.UTC(2030, 0, 2 + 7 * week)).toISOString().slice(0, 10),
  );
  expect(starts.map((start) => shown(start, zone))).toEqual(days.map((date) => `${date} 18:00`));
  // And after the time of day has changed, to one that has an id of another.
  expectOk(await ann.call("PATCH", `/event/${series.id}`, { start_time: start + hour }));
  const later = startsOf(await occurrencesOf(ann, series.id));
  expect(later.map((start) => shown(start, zone))).toEqual(days.map((date) => `${date} 19:00`));
});

test("case 89: a local time in the gap is an hour later, a repeated one the first", async () => {
  await using world = await createSeriesWorld();
  const { ann } = await world.people("ann");
  const zone = "America/Vancouver";
  const spring = await create(ann, zone, Date.UTC(2030, 2, 9, 10, 30) / 1000, "FREQ=DAILY;COUNT=3");
  expect(startsOf(await occurrencesOf(ann, spring.id)).map((start) => shown(start, zone))).toEqual([
    "2030-03-09 02:30",
    "2030-03-10 03:30",
    "2030-03-11 02:30",
  ]);
  const autumn = await create(ann, zone, Date.UTC(2030, 10, 2, 8, 30) / 1000, "FREQ=DAILY;COUNT=3");
  const hours = startsOf(await occurrencesOf(ann, autumn.id));
  expect([hours[1], hours[2]].map((start, index) => (start ?? 0) - (hours[index] ?? 0))).toEqual([
    day,
    25 * hour,
  ]);
  // The second 01:30 is none that a rule gives.
  const second = {
    name: "x",
    duration: 60,
    time_zone: zone,
    start_time: Date.UTC(2030, 10, 3, 9, 30) / 1000,
  };
  const refused = await ann.call("POST", "/event", { ...second, recurrence: "FREQ=DAILY" });
  expect(refused.status).toBe(400);
});

test("case 89: whole days recur as days, in whatever zone they are moved to", async () => {
  await using world = await createSeriesWorld();
  const { ann } = await world.people("ann");
  const base = { name: "x", all_day: true, start_date: "2030-03-09", time_zone: "America/Vancouver" };
  const series = expectOk(
    await ann.call("POST", "/event", { ...base, recurrence: "FREQ=DAILY;COUNT=3" }),
    201,
  );
  const dates = async () =>
    (await occurrencesOf(ann, series.id)).map(({ start_date, end_date, duration }) => [
      start_date,
      end_date,
      duration,
    ]);
  const expected = (durations: number[]) => [
    ["2030-03-09", "2030-03-10", String((durations[0] ?? 0) * hour)],
    ["2030-03-10", "2030-03-11", String((durations[1] ?? 0) * hour)],
    ["2030-03-11", "2030-03-12", String((durations[2] ?? 0) * hour)],
  ];
  expect(await dates()).toEqual(expected([24, 23, 24]));
  expectOk(await ann.call("PATCH", `/event/${series.id}`, { time_zone: "Pacific/Chatham" }));
  expect(await dates()).toEqual(expected([24, 24, 24]));
});

test("another zone keeps the local time and the ids", async () => {
  await using world = await createSeriesWorld();
  const { ann } = await world.people("ann");
  const series = await weekly(ann);
  const before = await occurrencesOf(ann, series.id);
  expectOk(await ann.call("PATCH", `/event/${series.id}`, { time_zone: "Europe/London" }));
  const after = await occurrencesOf(ann, series.id);
  expect(after.map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  expect(startsOf(after)).toEqual(startsOf(before).map((start) => start - 8 * hour));
});
