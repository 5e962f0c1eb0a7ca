import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { expandJob } from "../src/lib/calendar/expand-job.ts";
import { readJob } from "../src/lib/calendar/read-job.ts";
import { maxTextBytes } from "../src/lib/calendar/work.ts";
import { wrapped } from "./support/calendar/corpus.ts";
import { bombs, harmlessQuarter, hostileCalendars, hostileText } from "./support/calendar/hostile.ts";
import { engineQuarters, readTimes } from "./support/calendar/quarters.ts";

const year = {
  timeZone: "Europe/London",
  from: Date.parse("2026-01-01") / 1000,
  to: Date.parse("2027-02-05") / 1000,
};
const mebibyte = 1024 * 1024;

/** Milliseconds of the processor: a busy machine makes nothing worse. */
function cost(work: () => void): number {
  const begun = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

describe("rules that hung other programs", () => {
  const answers: Record<string, unknown> = {};
  for (const [name, [start, rule]] of Object.entries(bombs))
    test(`case 85: ${name}`, () => {
      const local = start.replace(/(....)(..)(..)T(..)(..)(..)/, "$1-$2-$3T$4:$5:$6");
      const request = { rule, start: local, timeZone: year.timeZone, limit: 100 };
      const ms = cost(() => {
        answers[name] = expandJob({ ...request, fromMs: year.from * 1000, untilMs: year.to * 1000 });
      });
      expect(ms).toBeLessThan(400);
    });

  test("case 85: and what was answered", () => {
    const faults = Object.entries(answers).map(([name, answer]) => [name, faultOf(answer)]);
    expect(Object.fromEntries(faults)).toEqual({
      "every second since 1970": null,
      "every second since 1970, counted": null,
      "a day that is never": "not_synchronised",
      "a second of a day that is never": "not_synchronised",
      dense: null,
      "dense, every one": null,
      "dense, the last of each year": "not_synchronised",
      "dense, counted far": "too_expensive",
      "no interval": "bad_rule",
      "second of one": "not_synchronised",
      "a fourth thursday on the 24th": "not_synchronised",
      "huge interval": null,
      "huge interval and count": null,
      "huge count": "not_synchronised",
      "negative month days": null,
      "far past": null,
      "weeks of a year": null,
    });
  });
});

function faultOf(answer: unknown): unknown {
  return typeof answer === "object" && answer !== null && "fault" in answer ? answer.fault : null;
}

describe("calendars that cost other programs much", () => {
  for (const [name, lines] of Object.entries(hostileCalendars))
    test(`case 88: ${name}: the harmless event in it counts, in less than a second`, () => {
      const text = hostileText(lines());
      expect(text.length).toBeLessThanOrEqual(maxTextBytes);
      const before = process.memoryUsage.rss();
      let quarters: string[] = [];
      const ms = cost(() => {
        quarters = engineQuarters({ ...year, text });
      });
      expect(quarters).toContain(harmlessQuarter);
      expect(ms).toBeLessThan(1000);
      expect(process.memoryUsage.rss() - before).toBeLessThan(200 * mebibyte);
    });

  test("case 88: what was skipped is said", () => {
    const skipped = (name: string) =>
      readTimes({ ...year, text: hostileText(hostileCalendars[name]?.() ?? []) }).skipped;
    expect(skipped("18,000 events")).toEqual([{ reason: "too_many_events", count: 8001 }]);
    expect(skipped("unknown zones")).toEqual([{ reason: "unknown_zone", count: 8000 }]);
    expect(skipped("a zone that is a path")).toEqual([{ reason: "unknown_zone", count: 1 }]);
    expect(skipped("an end before the start")).toEqual([{ reason: "bad_date", count: 1 }]);
    expect(skipped("ten years")).toEqual([{ reason: "too_long", count: 1 }]);
    expect(skipped("rule: no interval")).toEqual([{ reason: "bad_rule", count: 2 }]);
    expect(skipped("rule: every second since 1970")).toEqual([{ reason: "too_many_instances", count: 2 }]);
    expect(skipped("years that are far")).toEqual([{ reason: "bad_date", count: 3 }]);
  });
});

test("case 88: a rule that takes all its steps leaves enough for those after it", () => {
  const [start, rule] = bombs["dense, counted far"] ?? [];
  const bomb = ["BEGIN:VEVENT", `DTSTART:${start}`, `RRULE:${rule}`, "DURATION:PT1H", "END:VEVENT"];
  const weekly = [
    "BEGIN:VEVENT",
    "DTSTART:20260301T100000Z",
    "RRULE:FREQ=WEEKLY",
    "DURATION:PT15M",
    "END:VEVENT",
  ];
  const asked = { ...year, text: wrapped([...bomb, ...bomb, ...bomb, ...weekly]) };
  expect(readTimes(asked).skipped).toEqual([{ reason: "too_many_instances", count: 3 }]);
  expect(engineQuarters(asked)).toHaveLength(49);
});

test("case 88: what is no calendar is said to be none, also what unpacks to a gibibyte", () => {
  const read = (text: Uint8Array) => readJob({ text, timeZone: "UTC", fromMs: 0, untilMs: 1 });
  const none = { fault: "not_a_calendar" } as const;
  for (const text of ["", "\r\n", "<html>", "VERSION:2.0", "BEGIN:VCARD\r\nEND:VCARD", "{}", "\u0000\u0001"])
    expect(read(new TextEncoder().encode(text))).toEqual(none);
  const bomb = gzipSync(Buffer.alloc(64 * mebibyte, "BEGIN:VCALENDAR\n"));
  expect(cost(() => expect(read(bomb)).toEqual(none))).toBeLessThan(1000);
});
