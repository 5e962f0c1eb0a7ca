import { expect, test } from "bun:test";
import { assert, double, property } from "fast-check";
import { drawnRule } from "../test/support/calendar/arbitrary-rules.ts";
import { fuzzCalendars } from "../test/support/calendar/fuzz.ts";
import { checkRule } from "../test/support/calendar/rule-checks.ts";

const limitMs = 20 * 60_000;
const mebibyte = 1_048_576;

test(
  "case 110: 60,000 calendars with changes anywhere are read without a crash or a pause",
  () => {
    fuzzCalendars(2000);
    Bun.gc(true);
    const before = process.memoryUsage.rss();
    fuzzCalendars(60_000);
    Bun.gc(true);
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * mebibyte);
  },
  limitMs,
);

test(
  "case 86: 20,000 random rules happen when a walk through the days says",
  () => {
    assert(
      property(drawnRule, double({ min: 0, max: 1, noNaN: true }), (drawn, part) => checkRule(drawn, part)),
      { numRuns: 20_000 },
    );
  },
  limitMs,
);
