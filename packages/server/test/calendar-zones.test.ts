import { describe, expect, test } from "bun:test";
import { parseDateValue } from "../src/lib/calendar/date-values.ts";
import { ianaZone } from "../src/lib/calendar/zone.ts";
import { zoneDataVersion } from "../src/lib/calendar/zone-data.ts";
import { createWorld } from "./support/world.ts";

/** A local time, the instant it is, and the local time of that instant. */
const facts: readonly (readonly [zone: string, local: string, utc: string, shown?: string])[] = [
  // left out in spring: with the offset before
  ["Europe/London", "2026-03-29T01:30:00", "2026-03-29T01:30:00Z", "2026-03-29T02:30:00"],
  ["America/Vancouver", "2025-03-09T02:30:00", "2025-03-09T10:30:00Z", "2025-03-09T03:30:00"],
  ["Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-03T15:45:00Z", "2026-10-04T02:45:00"],
  ["America/Sao_Paulo", "2018-11-04T00:00:00", "2018-11-04T03:00:00Z", "2018-11-04T01:00:00"],
  ["Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T22:00:00Z", "2011-12-31T12:00:00"],
  // twice in autumn: the first
  ["Europe/London", "2026-10-25T01:30:00", "2026-10-25T00:30:00Z"],
  ["America/Vancouver", "2025-11-02T01:30:00", "2025-11-02T08:30:00Z"],
  ["Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00Z"],
  ["Africa/Casablanca", "2025-02-23T02:30:00", "2025-02-23T01:30:00Z"],
  // never changed, and odd
  ["Asia/Kathmandu", "2026-07-01T12:00:00", "2026-07-01T06:15:00Z"],
  ["Pacific/Chatham", "2026-01-01T12:00:00", "2025-12-31T22:15:00Z"],
  ["America/Sao_Paulo", "2026-01-01T12:00:00", "2026-01-01T15:00:00Z"],
];

describe("local times", () => {
  test("case 89: that are left out, come twice or are odd are the instants that RFC 5545 says", () => {
    for (const [name, local, utc, shown = local] of facts) {
      const zone = ianaZone(name);
      const wall = parseDateValue(local)?.wall ?? Number.NaN;
      const instant = zone?.instantOf(wall) ?? Number.NaN;
      expect([name, new Date(instant * 1000).toISOString().slice(0, 19)]).toEqual([name, utc.slice(0, 19)]);
      expect([name, zone?.wallOf(instant)]).toEqual([name, parseDateValue(shown)?.wall]);
    }
  });

  test("case 89: of years and seconds that are hardly ever meant are read or refused, and nothing else", () => {
    const zone = ianaZone("Europe/London");
    for (const text of ["00000101T000000", "00010101T000000", "19691231T235959", "99991231T235959"]) {
      const value = parseDateValue(text);
      expect(value).not.toBeNull();
      const instant = zone?.instantOf(value?.wall ?? Number.NaN) ?? Number.NaN;
      expect(zone?.wallOf(instant)).toBe(value?.wall);
    }
    expect(parseDateValue("20260101T235960")).toEqual(parseDateValue("20260101T235959"));
    for (const text of [
      "-00010101",
      "100000101",
      "20260230",
      "20261301",
      "20260101T240000",
      "20260101T126000",
    ])
      expect(parseDateValue(text)).toBeNull();
  });

  test("offsets are no zones", () => {
    for (const name of ["+02:00", "-0800", "", "../../etc/passwd", "Nowhere/Else"])
      expect(ianaZone(name)).toBeNull();
  });
});

test("the server says which zone data it has", async () => {
  await using world = await createWorld();
  const health = await (await fetch(`${world.url}/health`)).json();
  expect(health).toMatchObject({ response: { status: "ok", time_zones: zoneDataVersion() } });
  expect(zoneDataVersion()).toMatch(/^20\d\d[a-z]$/);
});
