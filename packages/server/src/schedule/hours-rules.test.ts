import { describe, expect, test } from "bun:test";
import type { HoursWindow } from "@jarvis/contract";
import { expandHours, offsetsOf, roundnessOf } from "./hours-rules.ts";
import type { Span } from "./span-rules.ts";

const at = (text: string) => Date.parse(text);
const everyDay: HoursWindow["days"] = ["mo", "tu", "we", "th", "fr", "sa", "su"];

function expanded(hours: HoursWindow[], zone: string, from: string, to: string): string[] {
  const range: Span = { fromMs: at(from), toMs: at(to) };
  return expandHours(hours, offsetsOf(zone, range)).map(({ fromMs, toMs }) =>
    [fromMs, toMs].map((ms) => new Date(ms).toISOString().slice(8, 16)).join("–"),
  );
}

describe("hours", () => {
  test("are local: they move against UTC when clocks change", () => {
    const evening = [{ days: everyDay, from: "18:00", to: "22:00" }];
    // On 29 March 2026 Berlin's clocks go from 02:00 to 03:00.
    expect(expanded(evening, "Europe/Berlin", "2026-03-28T00:00Z", "2026-03-30T00:00Z")).toEqual([
      "28T17:00–28T21:00",
      "29T16:00–29T20:00",
    ]);
  });

  test("have an hour less where one is skipped, and one more where it is repeated", () => {
    const night = [{ days: everyDay, from: "01:30", to: "03:30" }];
    expect(expanded(night, "Europe/Berlin", "2026-03-28T22:00Z", "2026-03-29T12:00Z")).toEqual([
      "29T00:30–29T01:30",
    ]);
    expect(expanded(night, "Europe/Berlin", "2026-10-24T22:00Z", "2026-10-25T12:00Z")).toEqual([
      "24T23:30–25T02:30",
    ]);
    // A repeated stretch that the hours leave in between counts twice.
    const early = [{ days: everyDay, from: "00:00", to: "02:30" }];
    expect(expanded(early, "Europe/Berlin", "2026-10-24T22:00Z", "2026-10-25T12:00Z")).toEqual([
      "24T22:00–25T00:30",
      "25T01:00–25T01:30",
    ]);
  });

  test("follow clocks that change by half an hour, and zones that are ahead by odd minutes", () => {
    const morning = [{ days: everyDay, from: "09:00", to: "10:00" }];
    expect(expanded(morning, "Australia/Lord_Howe", "2026-04-03T12:00Z", "2026-04-05T12:00Z")).toEqual([
      "03T22:00–03T23:00",
      "04T22:30–04T23:30",
    ]);
    expect(expanded(morning, "Pacific/Chatham", "2026-04-03T12:00Z", "2026-04-05T12:00Z")).toEqual([
      "03T19:15–03T20:15",
      "04T20:15–04T21:15",
    ]);
  });

  test("run past midnight from the days that they name, and are cut to the range", () => {
    const friday: HoursWindow[] = [{ days: ["fr"], from: "20:00", to: "02:00" }];
    expect(expanded(friday, "UTC", "2026-06-12T00:00Z", "2026-06-15T00:00Z")).toEqual(["12T20:00–13T02:00"]);
    expect(expanded(friday, "UTC", "2026-06-13T01:00Z", "2026-06-15T00:00Z")).toEqual(["13T01:00–13T02:00"]);
    expect(
      expanded(
        [{ days: ["su"], from: "00:00", to: "24:00" }],
        "UTC",
        "2026-06-12T00:00Z",
        "2026-06-15T00:00Z",
      ),
    ).toEqual(["14T00:00–15T00:00"]);
  });

  test("that touch or overlap are one", () => {
    const two: HoursWindow[] = [
      { days: ["mo"], from: "12:00", to: "14:00" },
      { days: ["mo"], from: "08:00", to: "12:00" },
      { days: ["su"], from: "23:00", to: "08:30" },
    ];
    expect(expanded(two, "UTC", "2026-06-14T00:00Z", "2026-06-16T00:00Z")).toEqual(["14T23:00–15T14:00"]);
  });
});

test("a zone's offsets cover the range without a gap, also where a whole day is skipped", () => {
  const range = { fromMs: at("2011-12-29T00:00Z"), toMs: at("2012-01-02T00:00Z") };
  const offsets = offsetsOf("Pacific/Apia", range);
  expect(offsets.map(({ offsetMs }) => offsetMs / 3_600_000)).toEqual([-10, 14]);
  expect(offsets[0]?.fromMs).toBe(range.fromMs);
  expect(offsets[0]?.toMs).toBe(offsets[1]?.fromMs);
  expect(offsets.at(-1)?.toMs).toBe(range.toMs);
});

test("full hours are round where clocks show them", () => {
  const kathmandu = 5.75 * 3_600_000;
  expect(roundnessOf(at("2026-06-14T00:15Z"), kathmandu)).toBe(0);
  expect(roundnessOf(at("2026-06-14T00:45Z"), kathmandu)).toBe(1);
  expect(roundnessOf(at("2026-06-14T00:00Z"), kathmandu)).toBe(2);
  expect(roundnessOf(at("1969-12-31T23:30Z"), 0)).toBe(1);
});
