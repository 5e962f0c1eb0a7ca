import { test } from "bun:test";
import fc from "fast-check";
import { drawnRule } from "./support/calendar/arbitrary-rules.ts";
import { checkRule } from "./support/calendar/rule-checks.ts";

const runs = Number(process.env["CALENDAR_RULES"] ?? 150);

test(
  `case 86: ${runs} random rules happen when a walk through the days says`,
  () => {
    fc.assert(
      fc.property(drawnRule, fc.double({ min: 0, max: 1, noNaN: true }), (drawn, part) =>
        checkRule(drawn, part),
      ),
      { numRuns: runs },
    );
  },
  30 * 60_000,
);
