import { describe, expect, test } from "bun:test";
import { cellCentre } from "../src/location/geometry.ts";
import { toWireNumber } from "@jarvis/contract";
import { between, oneOf } from "./support/journeys/chance.ts";
import { metresBetween, toPoint } from "./support/journeys/plane.ts";
import { expectOk } from "./support/events.ts";
import { move, share } from "./support/meeting.ts";
import {
  ask,
  askBytes,
  cell,
  downtown,
  meetingGroup,
  type Spot,
  south,
  startFrom,
} from "./support/meeting-point/group.ts";
import { Dice } from "./support/simulation/dice.ts";

/** Another spot in the same cell, found by the grid itself: anywhere in it, corners included. */
function elsewhereInCell(dice: Dice, spot: Spot): Spot {
  const centre = cellCentre(spot);
  for (;;) {
    const other = toPoint(centre, { east: between(dice, [-520, 520]), north: between(dice, [-520, 520]) });
    const found = cellCentre(other);
    if (found.latitude === centre.latitude && found.longitude === centre.longitude) return other;
  }
}

describe("case 59: a meeting point tells nothing that is finer than cells", () => {
  test("it is the same to the byte wherever in their cells people are, in 1,000 moves of all kinds", async () => {
    await using group = await meetingGroup();
    const { world, ann, bob, cem, meeting, event } = group;
    const seed = 20_300_601;
    const dice = new Dice(seed);
    await share(cem, meeting, "on", "coarse");
    await share(bob, meeting);
    let spots = new Map([
      [ann, downtown],
      [bob, cell.low],
      [cem, south],
    ]);
    const go = (person: typeof ann, spot: Spot) =>
      person === ann ? startFrom(ann, event, spot) : move(person, { ...spot, accuracy: 1 + dice.int(50) });
    const answers = new Set<string>();
    for (let turn = 0; turn < 1_000; turn++) {
      world.clock.advance(1_000);
      if (turn % 50 === 0) {
        // Everybody is somewhere else altogether, and the answer is another one.
        spots = new Map(
          [...spots].map(([person, spot]) => [
            person,
            toPoint(spot, { east: 3_000, north: dice.int(9_000) }),
          ]),
        );
        for (const [person, spot] of spots) await go(person, spot);
        answers.add(await askBytes(ann, event));
        continue;
      }
      const [person, spot] = oneOf(dice, [...spots] as [[typeof ann, Spot], ...[typeof ann, Spot][]]); // three people
      await go(person, elsewhereInCell(dice, spot));
      const before = answers.size;
      answers.add(await askBytes(ann, event));
      if (answers.size !== before)
        throw new Error(`seed ${seed}, turn ${turn}: ${person.username} was noticed`);
    }
    expect(answers.size).toBe(20);
  }, 120_000);

  test("500 own starts and venues of one's own do not tell two people in one cell apart, nor where either is", async () => {
    await using group = await meetingGroup();
    const { world, ann, bob, cem, event } = group;
    const dice = new Dice(59);
    const centre = cellCentre(cell.low);
    await startFrom(bob, event, cell.low);
    await startFrom(cem, event, cell.high);
    const observed: { place: Spot; seconds: number }[] = [];
    for (let turn = 0; turn < 500; turn++) {
      const near = toPoint(centre, {
        east: between(dice, [-12_000, 12_000]),
        north: between(dice, [-12_000, 12_000]),
      });
      await startFrom(ann, event, { ...near, mode: oneOf(dice, ["walk", "cycle", "ride"]) });
      if (turn % 25 === 0) {
        const body = { name: "Probe", duration: 60, start_time: world.clock.now() / 1_000 + 86_400 };
        expectOk(
          await ann.call("POST", "/event", { ...body, place: { name: `Probe ${turn}`, ...near } }),
          201,
        );
      }
      const { places } = await ask(ann, event, "?limit=10");
      for (const { latitude, longitude, travel } of places) {
        const secondsOf = (id: string) => travel.find((row) => row.id === id)?.travel_s ?? Number.NaN;
        expect(secondsOf(bob.id)).toBe(secondsOf(cem.id));
        const place = { latitude: Number(latitude), longitude: Number(longitude) };
        observed.push({ place, seconds: secondsOf(bob.id) });
      }
    }
    expect(observed.length).toBeGreaterThan(2_000);
    const guess = recover(observed, centre);
    expect(metresBetween(guess, centre)).toBeLessThan(400); // the attack works as far as the cell
    for (const truth of [cell.low, cell.high]) expect(metresBetween(guess, truth)).toBeGreaterThan(500);
  }, 120_000);

  test("what is answered of a sharer is that of their cell's centre, exact and coarse alike", async () => {
    await using group = await meetingGroup();
    const { ann, bob, cem, meeting, event } = group;
    await startFrom(ann, event, downtown);
    await share(bob, meeting);
    await share(cem, meeting, "on", "coarse");
    await move(bob, cell.low);
    await move(cem, cell.high);
    const { places } = await ask(ann, event);
    for (const { travel } of places) {
      const [one, other] = [bob, cem].map(({ id }) => travel.find((row) => row.id === id)?.travel_s);
      expect(one).toBe(other);
    }
    const text = await askBytes(ann, event);
    for (const { latitude, longitude } of [cell.low, cell.high, cellCentre(cell.low)])
      expect(text.includes(toWireNumber(latitude)) && text.includes(toWireNumber(longitude))).toBeFalse();
  });
});

/** Where somebody is who knows the formula would think the person is: the middle of all spots that fit the answers best. */
function recover(observed: readonly { place: Spot; seconds: number }[], around: Spot): Spot {
  const sample = observed.filter((_, index) => index % 5 === 0);
  const spots: { spot: Spot; misfit: number }[] = [];
  for (let east = -3_000; east <= 3_000; east += 100)
    for (let north = -3_000; north <= 3_000; north += 100) {
      const spot = toPoint(around, { east, north });
      const misfit = sample.reduce((sum, { place, seconds }) => {
        const off = Math.abs((metresBetween(spot, place) * 1.35) / 9 - seconds) - 150; // rounded to 5 minutes
        return sum + Math.max(0, off) ** 2;
      }, 0);
      spots.push({ spot, misfit });
    }
  const least = Math.min(...spots.map(({ misfit }) => misfit));
  const best = spots.filter(({ misfit }) => misfit <= least + 1e-6);
  const mean = (axis: "latitude" | "longitude") =>
    best.reduce((sum, { spot }) => sum + spot[axis], 0) / best.length;
  return { latitude: mean("latitude"), longitude: mean("longitude") };
}
