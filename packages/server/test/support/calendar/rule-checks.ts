import { expect } from "bun:test";
import { Budget } from "../../../src/lib/calendar/budget.ts";
import { parseDateValue } from "../../../src/lib/calendar/date-values.ts";
import { expandJob } from "../../../src/lib/calendar/expand-job.ts";
import { visitInstances } from "../../../src/lib/calendar/instances.ts";
import { parseRule } from "../../../src/lib/calendar/rule.ts";
import { ianaZone } from "../../../src/lib/calendar/zone.ts";
import type { DrawnRule } from "./arbitrary-rules.ts";
import { instantOf, oracleInstants } from "./oracle.ts";

interface Window {
  from: number;
  to: number;
}

/** What the engine finds in a window, without an order and without doubles. */
function engineInstants({ rule: text, start, timeZone }: DrawnRule, window: Window): number[] {
  const rule = parseRule(text);
  const begin = parseDateValue(start.toString());
  const zone = ianaZone(timeZone);
  if (rule === null || begin === null || zone === null) throw new Error(`not read: ${text}`);
  const found: number[] = [];
  visitInstances(
    { rule, start: begin, zone },
    window,
    new Budget(5_000_000),
    (_, instant) => found.push(instant) > 0,
  );
  return distinct(found);
}

function distinct(instants: number[]): number[] {
  return [...new Set(instants)].sort((a, b) => a - b);
}

/** Holds the engine against the oracle: in the whole span, and in a part of it, into which it has to jump. */
export function checkRule(drawn: DrawnRule, part: number): void {
  const expected = distinct(oracleInstants(drawn, drawn.last));
  const from = instantOf(drawn.start, drawn.timeZone);
  const to = instantOf(drawn.last.toPlainDateTime({ hour: 0 }), drawn.timeZone) - 90_000;
  const middle = Math.floor(from + (to - from) * part);
  for (const window of [
    { from, to },
    { from: middle, to },
  ]) {
    const inside = expected.filter((instant) => instant >= window.from && instant <= window.to);
    expect(engineInstants(drawn, window)).toEqual(inside);
  }
  // A start in a gap is moved behind times that follow it: what begins before it is not asked for.
  const asked = expected.filter((instant) => instant >= from && instant <= to);
  checkExpanded(drawn, asked, { from, to });
}

/** What is asked for over the wire: sorted, limited, and only where the rule gives the start itself. */
function checkExpanded(drawn: DrawnRule, expected: number[], { from, to }: Window): void {
  const limit = 7;
  const answer = expandJob({
    rule: drawn.rule,
    start: drawn.start.toString({ smallestUnit: "second" }),
    timeZone: drawn.timeZone,
    fromMs: from * 1000,
    untilMs: (to + 1) * 1000,
    limit,
  });
  if (!isSynchronised(drawn)) return expect(answer).toEqual({ fault: "not_synchronised" });
  const starts = expected.slice(0, limit).map((instant) => instant * 1000);
  expect(answer).toEqual({ starts, more: expected.length > limit });
}

function isSynchronised({ rule, start, timeZone }: DrawnRule): boolean {
  const day = start.toPlainDate();
  return oracleInstants({ rule, start, timeZone }, day).includes(instantOf(start, timeZone));
}
