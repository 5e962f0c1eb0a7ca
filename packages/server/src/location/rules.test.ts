import { describe, expect, test } from "bun:test";
import {
  consentFrom,
  type Fix,
  fixTime,
  isNewView,
  type Sight,
  shownFix,
  sightAt,
  stateOf,
} from "./rules.ts";

const minute = 60_000;
const start = 1_900_000_000_000;
const event = { start_ms: start, duration_ms: 60 * minute, cancelled: 0 };
const going = { state: "in", delivered: 1, rsvp: "accepted" } as const;
const opens = start - 60 * minute;
const closes = start + 75 * minute;
const on = { state: "on", since_ms: opens, until_ms: closes } as const;
const seen: Sight = { event, viewer: going, sharer: going, consent: on, inAudience: true, blocked: false };

describe("who may see whom", () => {
  test("begins 60 minutes before the start and ends 15 minutes after the end", () => {
    const at = [opens - 1, opens, closes - 1, closes];
    expect(at.map((now) => sightAt(seen, now))).toEqual(["nothing", "position", "position", "nothing"]);
  });

  test("needs every condition by itself", () => {
    const without: Partial<Sight>[] = [
      { inAudience: false },
      { blocked: true },
      { viewer: { ...going, rsvp: "maybe" } },
      { viewer: { ...going, rsvp: "none" } },
      { viewer: { ...going, state: "left" } },
      { viewer: { ...going, delivered: 0 } },
      { sharer: { ...going, rsvp: "maybe" } },
      { sharer: { ...going, rsvp: "declined" } },
      { sharer: { ...going, state: "removed" } },
      { consent: { ...on, state: "off" } },
      { consent: { ...on, since_ms: start + 1 } },
      { consent: { ...on, until_ms: start } },
      { consent: { state: "on", since_ms: null, until_ms: null } },
      { event: { ...event, cancelled: 1 } },
      { event: { ...event, start_ms: null } },
    ];
    expect(sightAt(seen, start)).toBe("position");
    for (const change of without) expect(sightAt({ ...seen, ...change }, start)).toBe("nothing");
  });

  test("shows a pause as a pause, inside the same bounds", () => {
    const paused = { ...seen, consent: { ...on, state: "paused" as const } };
    expect([start, closes].map((now) => sightAt(paused, now))).toEqual(["paused", "nothing"]);
    expect(sightAt({ ...paused, inAudience: false }, start)).toBe("nothing");
  });
});

describe("the fix that is shown", () => {
  const fix = (at_ms: number, received_ms = at_ms): Fix => ({
    latitude: 1,
    longitude: 2,
    accuracy: null,
    at_ms,
    received_ms,
  });
  const window = { fromMs: opens, untilMs: closes };

  test("is the newest of the present interval, not older than ten minutes", () => {
    const fixes = [fix(start), fix(start + 1)];
    expect(shownFix(fixes, on, window, start + 2)).toBe(fixes[1] ?? null);
    expect(shownFix(fixes, on, window, start + 1 + 10 * minute)).toBe(fixes[1] ?? null);
    expect(shownFix(fixes, on, window, start + 2 + 10 * minute)).toBeNull();
  });

  test("is never one from before the consent or the window, nor one that came before it with a later time", () => {
    const consent = { ...on, since_ms: start };
    expect(shownFix([fix(start - 1)], consent, window, start)).toBeNull();
    expect(shownFix([fix(start + 50_000, start - 1)], consent, window, start)).toBeNull();
    expect(shownFix([fix(start)], on, { fromMs: start + 1, untilMs: closes }, start + 2)).toBeNull();
  });
});

describe("consent", () => {
  test("given before the window begins with it, given inside begins now, and ends with it", () => {
    expect(consentFrom(event, undefined, 0)).toEqual({ fromMs: opens, untilMs: closes });
    expect(consentFrom(event, undefined, start)).toEqual({ fromMs: start, untilMs: closes });
    expect(consentFrom(event, undefined, closes)).toBeNull();
  });

  test("given again keeps its start while it is on, and begins anew after a pause or its end", () => {
    const before = { ...on, since_ms: start - minute };
    expect(consentFrom(event, before, start)?.fromMs).toBe(start - minute);
    expect(consentFrom(event, { ...before, state: "paused" }, start)?.fromMs).toBe(start);
    expect(consentFrom(event, { ...before, until_ms: start - 1 }, start)?.fromMs).toBe(start);
  });

  test("that has run out reads as off", () => {
    expect([closes - 1, closes].map((now) => stateOf(on, now))).toEqual(["on", "off"]);
    expect(stateOf(undefined, start)).toBe("off");
  });
});

test("a fix may say a time up to 60 s in the future, or none", () => {
  const now = 1_000_000;
  expect([undefined, 900.5, 1_060, 1_060.001].map((at) => fixTime({ at }, now))).toEqual([
    now,
    900_500,
    1_060_000,
    null,
  ]);
});

test("a look is written down once a minute", () => {
  expect([null, 1, 0].map((viewed) => isNewView(viewed, minute))).toEqual([true, false, true]);
  // The clock was put back: until it has caught up, looks would be written down nowhere.
  expect(isNewView(3 * minute, minute)).toBe(true);
});
