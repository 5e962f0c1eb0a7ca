import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Budget } from "../src/lib/calendar/budget.ts";
import { parseDateValue } from "../src/lib/calendar/date-values.ts";
import { expandWalls } from "../src/lib/calendar/expand.ts";
import { parseRule } from "../src/lib/calendar/rule.ts";
import { ruleText } from "../src/lib/calendar/rule-text.ts";
import { valueText } from "../src/lib/calendar/value-text.ts";

interface Row {
  start: string;
  rule: string;
  /** The first twelve until 2110, without the time of day where it is that of the start. */
  expected: string[];
}

/**
 * The rules of RFC 5545's examples (3.8.5.3) with the dates it lists, and others with the answers of python-dateutil;
 * four of them put right: three of BYWEEKNO, where it misjudges days that a week lends to the year before or after, and
 * BYDAY=MO,2WE, of which it finds nothing.
 */
function rows(): Row[] {
  const text = readFileSync(new URL("fixtures/recurrence-rules.txt", import.meta.url), "utf8");
  return text
    .trim()
    .split(/\n(?=\S)/)
    .map((block) => {
      const [start = "", rule = "", ...expected] = block.split(/\s+/);
      return { start, rule, expected };
    });
}

function found({ start, rule: text }: Row): string[] {
  const rule = parseRule(text);
  const begin = parseDateValue(start);
  const end = parseDateValue("21101231T235959");
  if (rule === null || begin === null || end === null) throw new Error(text);
  expect(parseRule(ruleText(rule))).toEqual(rule);
  const last = rule.until === null ? end.wall : Math.min(end.wall, rule.until.wall);
  const walls: number[] = [];
  expandWalls(
    rule,
    { start: begin.wall, from: begin.wall, to: last },
    new Budget(50_000_000),
    (wall) => walls.push(wall) < 12,
  );
  const time = start.slice(8);
  return walls.map((wall) => valueText({ kind: "local", wall }).replace(time, ""));
}

test("case 87: a table of rules has the instances that the RFC or python-dateutil say", () => {
  const table = rows();
  expect(table.length).toBeGreaterThanOrEqual(150);
  for (const row of table) expect([row.rule, ...found(row)]).toEqual([row.rule, ...row.expected]);
});
