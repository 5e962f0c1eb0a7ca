import { test } from "bun:test";
import { assert, double, property } from "fast-check";
import { drawnRule } from "./support/calendar/arbitrary-rules.ts";
import { checkRule } from "./support/calendar/rule-checks.ts";

const runs = 400;

test(
  `case 86: ${runs} random rules happen when a walk through the days says`,
  () => {
    assert(
      property(drawnRule, double({ min: 0, max: 1, noNaN: true }), (drawn, part) => checkRule(drawn, part)),
      { numRuns: runs },
    );
  },
  30 * 60_000,
);
