import { expect } from "bun:test";
import { assert, property } from "fast-check";
import { readJob } from "../../../src/lib/calendar/read-job.ts";
import { mutatedCalendar } from "./mutations.ts";

const from = Date.parse("2026-01-01");
const until = Date.parse("2027-02-05");

/** Nothing that is read crashes, takes long or answers what cannot be; what is kept can be read again. */
export function fuzzCalendars(runs: number): void {
  assert(property(mutatedCalendar, checkCalendar), { numRuns: runs });
}

function checkCalendar(text: string): void {
  const request = { timeZone: "Australia/Lord_Howe", fromMs: from, untilMs: until };
  const begun = process.cpuUsage();
  const outcome = readJob({ ...request, text: new TextEncoder().encode(text) });
  const { user, system } = process.cpuUsage(begun);
  expect((user + system) / 1000).toBeLessThan(1000);
  if ("fault" in outcome) return expect(outcome.fault).toBe("not_a_calendar");
  const { busy } = outcome;
  expect(busy.length % 2).toBe(0);
  busy.forEach((quarter, index) => index > 0 && expect(quarter).toBeGreaterThan(busy[index - 1] ?? 0));
  if (busy.length > 0) expect((busy[0] ?? 0) * 900_000).toBeGreaterThanOrEqual(from);
  if (busy.length > 0) expect((busy.at(-1) ?? 0) * 900_000).toBeLessThanOrEqual(until);
  const again = readJob({ ...request, text: outcome.kept });
  expect("busy" in again && again.busy).toEqual(busy);
}
