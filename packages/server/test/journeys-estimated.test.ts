import { expect, test } from "bun:test";
import { judge } from "./support/journeys/evaluation.ts";
import { estimated } from "./support/journeys/estimated.ts";
import { journeys } from "./support/journeys/journey.ts";
import { figures, table } from "./support/journeys/report.ts";

test("a part of the generated journeys is judged as well as has been reached", () => {
  const verdicts = [...journeys()].filter(({ seed }) => seed % 4 === 1).map((each) => judge(each, estimated));
  const result = figures(verdicts);
  expect(result.precision, table(verdicts)).toBeGreaterThanOrEqual(0.96);
  expect(result.recall).toBe(1);
  expect(result.etaError).toBeLessThan(0.2);
  expect(result.coverage).toBeGreaterThan(0.8);
}, 60_000);
