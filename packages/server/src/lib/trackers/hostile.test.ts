import { describe, expect, test } from "bun:test";
import { readGpsLogger } from "./gpslogger.ts";
import { bodyBytes, parseJson } from "./json.ts";
import { numberOf, numberWithComma } from "./numbers.ts";
import { readOsmAnd } from "./osmand.ts";
import { readOverland } from "./overland.ts";
import { readOwnTracks } from "./owntracks.ts";
import type { Sent } from "./types.ts";

const now = Date.UTC(2030, 5, 1, 12);

function sent(body: string | Uint8Array, query = ""): Sent {
  return {
    method: "POST",
    query: new URLSearchParams(query),
    contentType: "application/json",
    userAgent: null,
    body: typeof body === "string" ? new TextEncoder().encode(body) : body,
  };
}

/** One location of OwnTracks with these fields. */
function located(fields: string) {
  return readOwnTracks(sent(`{"_type":"location",${fields}}`), now);
}

describe("coordinates at and beyond the edge (case 92)", () => {
  test("the poles and the antimeridian are places, with -0 as 0", () => {
    for (const [lat, lon] of [
      [90, 0.5],
      [-90, 180],
      [0, -180],
      [-0, 12],
    ] as const) {
      const { points } = located(`"lat":${lat},"lon":${lon}`);
      expect(points).toEqual([{ latitude: lat + 0, longitude: lon }]);
    }
    expect(Object.is(located(`"lat":-0.0,"lon":12`).points[0]?.latitude, 0)).toBe(true);
  });

  test("what is none is dropped, and said why", () => {
    const codes: Record<string, string> = {
      [`"lat":90.0000001,"lon":1`]: "out_of_range",
      [`"lat":1,"lon":-180.0000001`]: "out_of_range",
      [`"lat":1e400,"lon":1`]: "out_of_range",
      [`"lat":"1e400","lon":1`]: "out_of_range",
      [`"lat":-1e308,"lon":1`]: "out_of_range",
      [`"lat":0,"lon":0`]: "null_island",
      [`"lat":-0.0,"lon":"0.00"`]: "null_island",
      [`"lat":"NaN","lon":1`]: "no_position",
      [`"lat":"Infinity","lon":1`]: "no_position",
      [`"lat":null,"lon":1`]: "no_position",
      [`"lat":[49],"lon":{"a":1}`]: "no_position",
      [`"lat":true,"lon":1`]: "no_position",
      [`"lat":"${"4".repeat(400)}","lon":1`]: "no_position",
      [`"lat":"0x31","lon":1`]: "no_position",
      [`"lat":"","lon":""`]: "no_position",
      [`"lat":1,"lon":1,"tst":${now / 1000 + 61}`]: "future",
      [`"lat":1,"lon":1,"tst":"soon"`]: "unreadable",
    };
    for (const [fields, code] of Object.entries(codes)) {
      expect({ fields, ...located(fields) }).toEqual({
        fields,
        points: [],
        dropped: [{ code, count: 1 } as never],
      });
    }
  });

  test("a minute ahead and any age are taken", () => {
    for (const at of [now / 1000 + 60, now / 1000 - 86_400, 0]) {
      expect(located(`"lat":1,"lon":1,"tst":${at}`).points).toEqual([{ latitude: 1, longitude: 1, at }]);
    }
  });

  test("other fields out of range are left out, and the point stays", () => {
    const strange = `"acc":-1,"alt":1e9,"vel":-3.6,"cog":361,"batt":101`;
    expect(located(`"lat":1,"lon":1,${strange}`)).toEqual({
      points: [{ latitude: 1, longitude: 1 }],
      dropped: [],
    });
    const stranger = `"acc":0,"alt":"high","vel":1e400,"cog":null,"batt":"NaN"`;
    expect(located(`"lat":1,"lon":1,${stranger}`)).toEqual({
      points: [{ latitude: 1, longitude: 1 }],
      dropped: [],
    });
  });
});

describe("bodies that mean no good (case 92)", () => {
  const all = [readOwnTracks, readOsmAnd, readOverland, readGpsLogger];
  const unreadable = { points: [], dropped: [{ code: "unreadable", count: 1 }] };

  test("too deep, too large, cut off or no object are unreadable, quickly", () => {
    const deep = `{"locations":${"[".repeat(500_000)}`;
    const wide = `{"a":"${" ".repeat(bodyBytes)}"}`;
    const began = performance.now();
    for (const read of all) {
      for (const body of [deep, wide, "{", `{"lat":`, "[".repeat(40) + "]".repeat(40)]) {
        expect(read(sent(body), now)).toMatchObject(unreadable);
      }
    }
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test("32 levels are read, 33 are not; brackets in text do not count", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    expect(parseJson(sent(nested(32)).body)).toBeArray();
    expect(parseJson(sent(nested(33)).body)).toBeUndefined();
    expect(parseJson(sent(`["${"[".repeat(90)}\\"${"{".repeat(90)}"]`).body)).toBeArray();
  });

  test("a prototype, a key twice, half a character and bytes that are no text change nothing else", () => {
    const proto = `{"_type":"location","__proto__":{"lat":1,"lon":1},"constructor":{"prototype":{"lat":2}}}`;
    expect(readOwnTracks(sent(proto), now).points).toEqual([]);
    expect(({} as { lat?: number }).lat).toBeUndefined();
    expect(readGpsLogger(sent(`{"__proto__":{"lat":1,"lon":1}}`), now).points).toEqual([]);
    expect(located(`"lat":1,"lat":2,"lon":3`).points).toEqual([{ latitude: 2, longitude: 3 }]);
    const entered = readOwnTracks(
      sent(`{"_type":"transition","event":"enter","desc":"\\ud800x","tst":${now / 1000}}`),
      now,
    );
    expect(entered.arrival?.region).toBe("\ufffdx");
    const latin1 = new Uint8Array([...new TextEncoder().encode(`{"_type":"location","SSID":"`), 0xe9, 0xff]);
    const rest = new TextEncoder().encode(`","lat":1,"lon":2}`);
    expect(readOwnTracks(sent(new Uint8Array([...latin1, ...rest])), now).points).toHaveLength(1);
  });

  test("of more than 1,000 points the newest 1,000 count, whatever their order", () => {
    const feature = (at: number) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [1, 2] },
      properties: { timestamp: new Date(now - at * 1000).toISOString() },
    });
    const locations = Array.from({ length: 1_500 }, (_, index) => feature((index * 7) % 1_500));
    const read = readOverland(sent(JSON.stringify({ locations })), now);
    expect(read.dropped).toEqual([{ code: "too_many", count: 500 }]);
    const ages = read.points.map(({ at }) => now / 1000 - (at ?? 0));
    expect(ages.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
  });

  test("a form of a million fields is not looked at for long", () => {
    const began = performance.now();
    for (const read of [readOsmAnd, readGpsLogger]) {
      expect(read(sent("&a=1".repeat(250_000)), now).points).toEqual([]);
    }
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

test("numbers as Java, Swift and people write them", () => {
  const values = { "1.0E-4": 0.0001, "4.9E-324": 4.9e-324, "+5": 5, "5.": 5, ".5": 0.5, " 49.25 ": 49.25 };
  for (const [text, value] of Object.entries(values)) expect(numberOf(text)).toBe(value);
  for (const text of ["", " ", "1,5", "1e", "--1", "0x1", "1_000", "٣", "1 2"])
    expect(numberOf(text)).toBeUndefined();
  expect(numberWithComma("-123,25")).toBe(-123.25);
  expect(numberWithComma("1,000,5")).toBeUndefined();
  expect(numberWithComma("1,000.5")).toBeUndefined();
});
