import { describe, expect, test } from "bun:test";
import { type TrackPoint, Tracks } from "./tracks.ts";

const nothing = { accuracy: null, altitude: null, speed: null, heading: null, battery: null };

function at(at_ms: number, latitude = 49): TrackPoint {
  return { ...nothing, latitude, longitude: -123, at_ms, received_ms: at_ms };
}

function times(tracks: Tracks, fromMs = 0): number[] {
  return tracks.recent("bob", "", fromMs).map(({ at_ms }) => at_ms);
}

describe("tracks", () => {
  test("an older fix, and the same one again, never move the newest back", () => {
    const tracks = new Tracks();
    expect(tracks.put("bob", "", at(2_000), false)).toBe("newest");
    expect(tracks.put("bob", "", at(1_000), false)).toBe("older");
    expect(tracks.put("bob", "", at(2_000), false)).toBe("duplicate");
    expect(tracks.put("bob", "", at(2_000, 50), false)).toBe("newest");
    expect(tracks.newest("bob", "")).toEqual(at(2_000, 50));
    expect(tracks.newest("bob", "e")).toBeUndefined();
  });

  test("a path is kept where it is asked for, by time whatever order it came in, with all that was known", () => {
    const tracks = new Tracks();
    for (const ms of [3_000, 1_000, 2_000]) tracks.put("bob", "", at(ms), true);
    expect(times(tracks)).toEqual([1_000, 2_000, 3_000]);
    expect(times(tracks, 2_000)).toEqual([2_000, 3_000]);
    const full = {
      ...at(4_000),
      accuracy: 5,
      altitude: 6.5,
      speed: 7.25,
      heading: 0,
      battery: 80,
      received_ms: 4_100,
    };
    tracks.put("bob", "", full, true);
    expect(tracks.recent("bob", "", 4_000)).toEqual([full]);
    tracks.trim("bob", "");
    expect(times(tracks)).toEqual([4_000]);
  });

  test("two hours at one a second are at most 120 points of the last half hour, the last half minute whole", () => {
    const tracks = new Tracks();
    for (let s = 0; s <= 7_200; s++) {
      tracks.put("bob", "", at(s * 1_000), true);
      expect(tracks.recent("bob", "", 0).length).toBeLessThanOrEqual(120);
    }
    const kept = times(tracks).toReversed();
    expect(kept.slice(0, 31)).toEqual(Array.from({ length: 31 }, (_, i) => (7_200 - i) * 1_000));
    expect(kept.at(-1)).toBeLessThan((7_200 - 1_600) * 1_000);
    const gaps = kept.slice(1).map((ms, i) => (kept[i] ?? 0) - ms);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(40_000);
  });

  test("forgets one event, or everything, of a person", () => {
    const tracks = new Tracks();
    for (const event of ["", "e", "f"]) tracks.put("bob", event, at(1_000), true);
    tracks.forget("bob", "e");
    expect([tracks.newest("bob", "e"), tracks.recent("bob", "e", 0), tracks.size]).toEqual([
      undefined,
      [],
      2,
    ]);
    expect(tracks.newestOf("bob")).toEqual(at(1_000));
    tracks.forget("bob", null);
    expect([tracks.has("bob"), tracks.size]).toEqual([false, 0]);
  });

  test("memory is bounded: whoever has not moved for longest is forgotten first", () => {
    const tracks = new Tracks(3);
    for (const user of ["ada", "bob", "cem"]) tracks.put(user, "", at(1_000), true);
    tracks.put("ada", "", at(2_000), true);
    tracks.put("dan", "", at(3_000), true);
    expect(["ada", "bob", "cem", "dan"].filter((user) => tracks.has(user))).toEqual(["ada", "cem", "dan"]);
  });

  test("a walk through everybody ends, though those already seen move meanwhile", () => {
    const tracks = new Tracks(8);
    const people = Array.from({ length: 6 }, (_, n) => `p${n}`);
    for (const user of people) tracks.put(user, "", at(1_000), false);
    const seen: string[] = [];
    for (const { user } of tracks.entries()) {
      seen.push(user);
      if (seen.length > 20) break;
      tracks.put(user, "", at(1_000 + seen.length), false);
    }
    expect(seen).toEqual(people);
  });
});
