import { describe, expect, test } from "bun:test";
import { assert, double, integer, option, property, record } from "fast-check";
import { chosenSeed } from "./support/fuzz/http-run.ts";
import { readers, sentOf } from "./support/trackers/corpus.ts";
import { type Form, forms, type KnownFix } from "./support/trackers/encoders.ts";

const now = Date.UTC(2030, 5, 1, 12);
const between = (min: number, max: number) => double({ min, max, noNaN: true });
const known = (min: number, max: number) => option(between(min, max), { nil: null });

const anyFix = record({
  latitude: between(-90, 90),
  longitude: between(-180, 180),
  accuracy: known(0.5, 10_000_000),
  altitude: known(-20_000, 1_000_000),
  speed: known(0, 90_000),
  heading: known(0, 360),
  battery: known(0, 100),
  // Earlier milliseconds could be seconds: no app was there in March 1973.
  atMs: integer({ min: 100_000_000_000, max: now }),
}).filter(({ latitude, longitude }) => latitude !== 0 || longitude !== 0);

const fields = ["accuracy", "altitude", "speed", "heading", "battery"] as const;

/** Written in one form and read back it is the same fix, as exactly as the form can say it. */
function expectSame(form: Form, fix: KnownFix): void {
  const { points, dropped } = readers[form.protocol](sentOf(form.encode(fix)), now);
  expect(dropped).toEqual([]);
  const [point, ...more] = points;
  expect(more).toEqual([]);
  if (!point) throw new Error("no point");
  expect(near(point.latitude, fix.latitude, form.exact.degrees)).toBe(true);
  expect(near(point.longitude, fix.longitude, form.exact.degrees)).toBe(true);
  expect(near((point.at ?? NaN) * 1000, fix.atMs, form.exact.atMs)).toBe(true);
  for (const name of fields) {
    const value = form.exact[name] === null ? null : fix[name];
    if (value === null) expect({ name, value: point[name] }).toEqual({ name, value: undefined });
    else if (!near(point[name], value, form.exact[name])) {
      // Rounded to 0 metres it is unknown.
      if (name === "accuracy" && point.accuracy === undefined && value <= 0.5) continue;
      expect({ name, value: point[name] }).toEqual({ name, value });
    }
  }
}

function near(one: number | undefined, other: number, exact: number | null): boolean {
  if (one === undefined) return false;
  return Math.abs(one - other) <= (exact ?? 0) + 1e-9 * Math.abs(other) + 1e-4 * (exact === 0 ? 0 : 1);
}

describe("any fix, written as an app does, is read as it was (case 92)", () => {
  for (const [name, form] of Object.entries(forms)) {
    const seed = chosenSeed();
    test(name, () => {
      assert(
        property(anyFix, (fix) => expectSame(form, fix)),
        { seed, numRuns: 500 },
      );
    });
  }
});
