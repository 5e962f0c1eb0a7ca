import { expect, test } from "bun:test";
import { estimated } from "../test/support/journeys/estimated.ts";
import { judge } from "../test/support/journeys/evaluation.ts";
import { journeys } from "../test/support/journeys/journey.ts";
import { figures, table } from "../test/support/journeys/report.ts";

test("all generated journeys are judged as well as has been reached", () => {
  const verdicts = Array.from(journeys(), (each) => judge(each, estimated));
  const result = figures(verdicts);
  process.stdout.write(`${table(verdicts)}\n`);
  expect(result.precision).toBeGreaterThanOrEqual(0.98);
  expect(result.recall).toBeGreaterThanOrEqual(0.96);
  expect(result.etaError).toBeLessThan(0.28);
  expect(result.coverage).toBeGreaterThan(0.8);
}, 300_000);
