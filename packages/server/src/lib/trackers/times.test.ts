import { describe, expect, test } from "bun:test";
import { atOf, firstAt } from "./times.ts";

const noon = Date.UTC(2030, 5, 1, 12) / 1000;

describe("when a fix was made", () => {
  const readable: Record<string, unknown[]> = {
    "seconds, as number and text, with fractions": [noon, String(noon), `${noon}.0`, "1.9065456E9"],
    milliseconds: [noon * 1000, String(noon * 1000), `${noon * 1000}.0`],
    "ISO 8601": [
      "2030-06-01T12:00:00Z",
      "2030-06-01T12:00:00.000Z",
      "2030-06-01T12:00Z",
      "2030-06-01t12:00:00z",
    ],
    "with an offset": [
      "2030-06-01T05:00:00-0700",
      "2030-06-01T05:00:00-07:00",
      "2030-06-01T14:00:00+02",
      "2030-06-01T17:45:00+05:45",
      "2030-06-01T14:00:00 02:00",
      "2030-06-01T14%3A00%3A00%2B02%3A00",
    ],
    "without one: UTC": ["2030-06-01 12:00:00", "2030-06-01T12:00:00", " 2030-06-01 12:00 "],
  };
  for (const [form, values] of Object.entries(readable)) {
    test(`reads ${form}`, () => {
      expect(values.map((value) => [value, atOf(value)])).toEqual(values.map((value) => [value, noon]));
    });
  }

  test("keeps milliseconds, and knows seconds from milliseconds for three thousand years", () => {
    expect(atOf("2030-06-01T12:00:00.2505Z")).toBeCloseTo(noon + 0.25, 2);
    expect(atOf(noon * 1000 + 250)).toBe(noon + 0.25);
    expect(atOf(2_147_483_648)).toBe(2_147_483_648);
    expect(atOf(99_999_999_999)).toBe(99_999_999_999);
    expect(atOf(100_000_000_000)).toBe(100_000_000);
    // Found by changing requests at random.
    expect(Object.is(atOf("-0"), 0)).toBe(true);
  });

  test("takes nothing for absent, and what is no time for unreadable: never for now", () => {
    for (const value of [undefined, null, ""]) expect(atOf(value)).toBe("absent");
    const strange: unknown[] = [
      "yesterday",
      "2030-02-30T12:00:00Z",
      "2030-13-01T12:00:00Z",
      "2030-06-01T24:00:00Z",
      "2030-06-01T12:60:00Z",
      "2030-06-01T12:00:00+19:00",
      "1969-12-31T23:59:59Z",
      "%TIME",
      -1,
      Number.POSITIVE_INFINITY,
      Number.NaN,
      "1e400",
      "NaN",
      true,
      [],
      {},
      "9".repeat(400),
      "2030-06-01T12:00:00Z".repeat(100),
    ];
    expect(strange.map((value) => [value, atOf(value)])).toEqual(
      strange.map((value) => [value, "unreadable"]),
    );
  });

  test("of several takes the first that can be read", () => {
    expect(firstAt([undefined, "%TIME", noon])).toBe(noon);
    expect(firstAt(["", "%TIME", undefined])).toBe("unreadable");
    expect(firstAt(["", null])).toBe("absent");
  });
});
