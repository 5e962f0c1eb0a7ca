import { describe, expect, test } from "bun:test";
import { type Geofence, insideFence, outside } from "./arrival-rules.ts";
import type { Motion } from "./motion-rules.ts";
import { restingPace } from "./pace-rules.ts";

function standing(accuracyM: number, seconds: number): Motion {
  const atMs = seconds * 1_000;
  const nowhere = { latitude: 0, longitude: 0, vx: 0, vy: 0, p00: 1, p01: 0, p11: 1 };
  return { ...nowhere, accuracyM, saidMps: 0, atMs, seenMs: atMs, fixes: 9, doubt: null };
}

/** Stays at this distance for ten minutes. */
function stays(was: Geofence, metres: number, accuracyM: number): boolean {
  let fence = was;
  for (let s = 0; s <= 600; s += 30) fence = insideFence(fence, standing(accuracyM, s), restingPace, metres);
  return fence.arrived;
}

describe("the circle around a place", () => {
  const arrived = { ...outside, arrived: true };

  test("takes 100 m to come in and 150 m to be gone again", () => {
    expect([99, 101, 149, 151].map((metres) => stays(outside, metres, 0))).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect([99, 101, 149, 151].map((metres) => stays(arrived, metres, 0))).toEqual([true, true, true, false]);
  });

  test("is widened by the accuracy, up to 100 m", () => {
    expect([149, 151].map((metres) => stays(outside, metres, 50))).toEqual([true, false]);
    expect([199, 201].map((metres) => stays(outside, metres, 5_000))).toEqual([true, false]);
    expect([199, 201].map((metres) => stays(arrived, metres, 50))).toEqual([true, false]);
    expect([249, 251].map((metres) => stays(arrived, metres, 5_000))).toEqual([true, false]);
  });
});
