import { expect, test } from "bun:test";
import { roles } from "../demo/people.ts";
import { seeded } from "../demo/seeded.ts";
import { type Position, trackTo } from "../demo/tracks.ts";

const place = { latitude: 49.28205, longitude: -123.12108 };

function metresBetween(a: Position, b: Position): number {
  const scale = Math.cos((place.latitude * Math.PI) / 180);
  return 111_195 * Math.hypot(a.latitude - b.latitude, (a.longitude - b.longitude) * scale);
}

test("every track ends at the place, at a real speed, with stops, for any seed", () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7]) {
    const random = seeded(seed);
    for (const { itinerary, name } of roles) {
      const track = trackTo(place, itinerary, random);
      expect([seed, name, metresBetween(track.at(track.seconds), place) < 5]).toEqual([seed, name, true]);
      expect(track.seconds).toBeGreaterThanOrEqual(itinerary.lengthM / itinerary.speedMps - 1);
      for (let second = 0; second < track.seconds; second += 1) {
        const step = metresBetween(track.at(second), track.at(second + 1));
        expect(step).toBeLessThan(itinerary.speedMps + 6); // GPS noise moves both ends by up to 2 m on each axis
      }
    }
  }
});

test("the same seed gives the same tracks", () => {
  const [role] = roles;
  if (!role) throw new Error("there are roles");
  const tracks = [7, 7, 8].map((seed) => trackTo(place, role.itinerary, seeded(seed)).at(100));
  const [first, same, other] = tracks.map((fix) => JSON.stringify(fix));
  expect(first).toBe(same ?? "");
  expect(first).not.toBe(other ?? "");
});
