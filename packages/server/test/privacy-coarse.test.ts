import { expect, test } from "bun:test";
import { type Stop, toldOf } from "./support/privacy/coarse.ts";
import { Dice } from "./support/simulation/dice.ts";

const seed = Number(process.env["PRIVACY_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const journeys = 3;
const stops = 12;

/** The grid's rows have so many degrees of latitude; where its columns are is read off what is shown. */
const rowDegrees = 0.009;
const start = { latitude: 49.2015, longitude: -123.1 };

type Point = Pick<Stop, "latitude" | "longitude">;

/** Roughly towards the north east, at a walk or in a car, now and then standing still. */
function route(dice: Dice): Point[] {
  let { latitude, longitude } = start;
  const pace = 0.002 + dice.fraction() * 0.012;
  return Array.from({ length: stops }, () => {
    if (dice.chance(0.8)) {
      latitude += pace * dice.fraction();
      longitude += pace * dice.fraction();
    }
    return { latitude, longitude };
  });
}

/** Anywhere in the cell around this centre, with whatever else a phone says there. */
function within(centre: Point, dice: Dice): Stop {
  const off = () => (dice.fraction() - 0.5) * rowDegrees * 0.98;
  return {
    latitude: centre.latitude + off(),
    longitude: centre.longitude + off() / Math.cos((centre.latitude * Math.PI) / 180),
    accuracy: 1 + dice.int(90),
    altitude: dice.int(500),
    speed: dice.int(30),
    heading: dice.int(360),
    battery: dice.int(100),
  };
}

/** The centres that are shown of these points: the oracle has no grid of its own. */
async function centresOf(routes: readonly Point[][]): Promise<Point[][]> {
  const plain = { accuracy: 5, altitude: 0, speed: 1, heading: 0, battery: 50 };
  const told = await toldOf(
    routes.map((points) => points.map((point) => ({ ...point, ...plain }))),
    [start],
  );
  const rows = told.flatMap((line) => /^\/event\/[^/]+\/location\/\S+ 200 (.*)$/.exec(line)?.[1] ?? []);
  const points = rows.map((row) => {
    const { response } = JSON.parse(row) as { response: { latitude: string; longitude: string } }; // a row's
    return { latitude: Number(response.latitude), longitude: Number(response.longitude) };
  });
  return routes.map((_, index) => points.slice(index * stops, (index + 1) * stops));
}

test("tells of a coarse sharer nothing beyond the cell, on no path, wherever the place is put (cases 59, 60)", async () => {
  process.stdout.write(`privacy coarse: PRIVACY_SEED=${seed}\n`);
  const dice = new Dice(seed);
  const routes = Array.from({ length: journeys }, () => route(dice));
  const centres = await centresOf(routes);
  expect(centres.flat()).toHaveLength(journeys * stops);
  // The place is moved about, also to where he is: within 100 m of him in one world, and not in the other.
  const places = [start, ...centres.flat()].filter((_, index) => index % 3 === 0);
  const one = await toldOf(
    centres.map((points) => points.map((centre) => within(centre, dice))),
    places,
  );
  const other = await toldOf(
    centres.map((points) => points.map((centre) => within(centre, dice))),
    places,
  );
  expect(one.length).toBeGreaterThan(journeys * stops * 11);
  expect(one.join("\n")).toContain('"eta_s":3');
  const differing = one.flatMap((line, index) =>
    line === other[index] ? [] : [{ line, other: other[index] }],
  );
  expect(differing.slice(0, 2)).toEqual([]);
}, 120_000);
