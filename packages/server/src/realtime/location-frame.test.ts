import { expect, test } from "bun:test";
import { clientFrame } from "@jarvis/contract";
import * as fc from "fast-check";
import { plainLocation } from "./location-frame.ts";

const bounds = [-180, -90, 0, 90, 100, 180, 360, -20_000, 100_000, 1_000_000, 10_000_000, 253_402_300_799];
const near = bounds.flatMap((bound) => [bound, bound - 1, bound + 1, bound + 0.000_1, bound - 0.000_1]);
const number = fc.oneof(
  fc.double({ noNaN: true }),
  fc.double({ min: -90, max: 90, noNaN: true }),
  fc.constantFrom(...near, -0, Number.POSITIVE_INFINITY),
);
const anything = fc.oneof(
  { weight: 60, arbitrary: number },
  { weight: 1, arbitrary: fc.constantFrom(null, true, "12", "-0.50", "", [], {}, "x".repeat(201)) },
);
const inside = fc.double({ min: 0, max: 90, noNaN: true });
const frame = fc.record(
  {
    type: fc.constantFrom("location", "location", "location", "ping"),
    latitude: fc.oneof({ weight: 12, arbitrary: inside }, { weight: 1, arbitrary: anything }),
    longitude: fc.oneof({ weight: 12, arbitrary: inside }, { weight: 1, arbitrary: anything }),
    accuracy: fc.oneof({ weight: 12, arbitrary: inside }, { weight: 1, arbitrary: anything }),
    altitude: fc.oneof({ weight: 12, arbitrary: inside }, { weight: 1, arbitrary: anything }),
    speed: fc.oneof({ weight: 12, arbitrary: inside }, { weight: 1, arbitrary: anything }),
    heading: fc.oneof({ weight: 12, arbitrary: inside }, { weight: 1, arbitrary: anything }),
    battery: fc.oneof({ weight: 12, arbitrary: inside }, { weight: 1, arbitrary: anything }),
    at: fc.oneof({ weight: 12, arbitrary: inside }, { weight: 1, arbitrary: anything }),
    event: fc.oneof(
      { weight: 4, arbitrary: fc.string() },
      { weight: 1, arbitrary: fc.constantFrom("x".repeat(200), "x".repeat(201), 7, null) },
    ),
    ref: fc.option(fc.oneof(fc.string(), fc.integer()), { nil: undefined, freq: 1 }),
    other: fc.anything(),
  },
  { requiredKeys: ["type", "latitude", "longitude"] },
);

test("what the short way takes is what the schema makes of it", () => {
  let taken = 0;
  fc.assert(
    fc.property(frame, (value) => {
      const plain = plainLocation(value);
      if (plain === null) return;
      taken++;
      const parsed: unknown = clientFrame.parse(value);
      expect(parsed).toEqual(plain);
      expect(Object.entries(plain).some(([, field]) => Object.is(field, -0))).toBe(false);
    }),
    { numRuns: 5_000 },
  );
  expect(taken).toBeGreaterThan(300);
});

test("each bound is the schema's, and what phones send goes the short way", () => {
  const fields = ["latitude", "longitude", "accuracy", "altitude", "speed", "heading", "battery", "at"];
  for (const field of fields)
    for (const given of near) {
      const value = { type: "location", latitude: 1, longitude: 2, [field]: given };
      expect([field, given, plainLocation(value) !== null]).toEqual([
        field,
        given,
        clientFrame.safeParse(value).success,
      ]);
    }
  const whole = { type: "location", event: "e", latitude: 49.2, longitude: -123.2, at: 1_790_000_000.5 };
  const parsed: unknown = clientFrame.parse(whole);
  expect(parsed).toEqual(plainLocation(whole));
});
