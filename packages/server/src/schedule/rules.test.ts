import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Span } from "./span-rules.ts";
import { busyBlocks, busyWindow, openWindow, quarterMs, rangeOf, renderBusy } from "./rules.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const noon = Date.UTC(2030, 5, 1, 12);

function span(fromMinute: number, toMinute: number): Span {
  return { fromMs: noon + fromMinute * minute, toMs: noon + toMinute * minute };
}

describe("free/busy", () => {
  test("rounds outward to quarters of an hour and merges what touches", () => {
    const blocks = busyBlocks([span(1, 14), span(20, 31), span(45, 46), span(120, 180)], span(-60, 600));
    expect(blocks).toEqual([span(0, 60), span(120, 180)]);
    expect(blocks.map(renderBusy)[0]).toEqual({
      start_time: `${noon / 1_000}`,
      duration: "3600",
      busy: true,
    });
  });

  test("does not tell one long event from many short ones", () => {
    const window = span(-60, 600);
    expect(busyBlocks([span(0, 60)], window)).toEqual(
      busyBlocks(
        [0, 15, 30, 45].map((at) => span(at + 3, at + 4)),
        window,
      ),
    );
  });

  test("speaks of whole quarters between yesterday and 90 days ahead only", () => {
    const now = noon + 7 * minute + 3;
    const window = busyWindow({ fromMs: 0, toMs: noon + 400 * day }, now);
    expect(window).toEqual({ fromMs: noon - day + quarterMs, toMs: noon + 90 * day });
    const always = busyBlocks([{ fromMs: 0, toMs: noon + 1_000 * day }], window);
    expect(always).toEqual([window]);
  });

  test("answers a range outside the window with nothing", () => {
    const range = { fromMs: noon + 100 * day, toMs: noon + 101 * day };
    expect(busyBlocks([{ fromMs: noon, toMs: noon + 200 * day }], busyWindow(range, noon))).toEqual([]);
  });

  test("says of every minute what a look at every event and every quarter says", () => {
    const second = fc.integer({ min: -2 * 86_400, max: 2 * 86_400 });
    const events = fc.array(fc.tuple(second, fc.integer({ min: 1, max: 5 * 3_600 })), { maxLength: 12 });
    const history = fc.record({
      events,
      now: second,
      from: second,
      length: fc.integer({ min: 0, max: 86_400 }),
    });
    const agrees = fc.property(history, ({ events, now, from, length }) => {
      const at = noon + now * 1_000;
      const spans = events.map(([start, duration]) => ({
        fromMs: noon + start * 1_000,
        toMs: noon + (start + duration) * 1_000,
      }));
      const range = { fromMs: noon + from * 1_000, toMs: noon + (from + length) * 1_000 };
      const blocks = busyBlocks(spans, busyWindow(range, at));
      for (let time = noon - 3 * day; time < noon + 3 * day; time += minute) {
        const said = blocks.some(({ fromMs, toMs }) => fromMs <= time && time < toMs);
        if (said !== isBusy(time, spans, range, at))
          throw new Error(`wrong at ${new Date(time).toISOString()}`);
      }
      expectApart(blocks);
    });
    fc.assert(agrees, { numRuns: 200 }); // a failure prints its seed
  });
});

/** The promise of the contract, asked of one moment: its quarter is whole in the window, in the range, and some event touches it. */
function isBusy(time: number, spans: readonly Span[], range: Span, now: number): boolean {
  const start = time - (time % quarterMs);
  const end = start + quarterMs;
  const inWindow = start >= now - day && end <= now + 90 * day;
  const inRange = start < range.toMs && end > range.fromMs;
  return inWindow && inRange && spans.some(({ fromMs, toMs }) => fromMs < end && toMs > start);
}

function expectApart(blocks: readonly Span[]): void {
  for (const [index, block] of blocks.entries()) {
    const before = blocks[index - 1];
    if (block.fromMs >= block.toMs || (before && before.toMs >= block.fromMs))
      throw new Error("not merged or not in order");
    if (block.fromMs % quarterMs !== 0 || block.toMs % quarterMs !== 0) throw new Error("not on a quarter");
  }
}

describe("a range", () => {
  test("is yesterday to 90 days ahead unless asked otherwise", () => {
    expect(rangeOf({}, noon)).toEqual(openWindow(noon));
    expect(rangeOf({ from: noon / 1_000 }, noon)).toEqual({ fromMs: noon, toMs: noon + 90 * day });
    expect(rangeOf({ to: noon / 1_000 }, noon)).toEqual({ fromMs: noon - day, toMs: noon });
  });

  test("may be empty, spans at most 400 days and does not run backwards", () => {
    const query = (days: number) => ({ from: noon / 1_000, to: (noon + days * day) / 1_000 });
    expect(rangeOf(query(0), noon)).toEqual({ fromMs: noon, toMs: noon });
    expect(rangeOf(query(400), noon)).not.toBeNull();
    expect(rangeOf(query(400.001), noon)).toBeNull();
    expect(rangeOf(query(-1), noon)).toBeNull();
  });

  test("with one end given always fits", () => {
    const seconds = fc.integer({ min: 0, max: 253_402_300_799 });
    const fits = fc.property(seconds, fc.boolean(), (at, isFrom) => {
      const range = rangeOf(isFrom ? { from: at } : { to: at }, noon);
      expect(range).not.toBeNull();
      expect(isFrom ? range?.fromMs : range?.toMs).toBe(at * 1_000);
    });
    fc.assert(fits);
  });
});
