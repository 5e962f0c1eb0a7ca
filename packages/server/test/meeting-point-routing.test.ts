import { expect, test } from "bun:test";
import { cellCentre } from "../src/location/geometry.ts";
import { ask, cell, downtown, meetingGroup, south, startFrom } from "./support/meeting-point/group.ts";

/** A router that answers with what `secondsFrom` says of each source, and remembers the points it was told. */
function startRouter(secondsFrom: (source: string, place: string) => number | null) {
  const told: string[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch({ url }) {
      const points = decodeURIComponent(new URL(url).pathname.split("/").at(-1) ?? "").split(";");
      told.push(...points);
      const place = points.pop() ?? "";
      return Response.json({ code: "Ok", durations: points.map((source) => [secondsFrom(source, place)]) });
    },
  });
  return {
    url: `osrm+http://127.0.0.1:${server.port}`,
    told,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

async function threeStart(env: Record<string, string>) {
  const group = await meetingGroup({ env: { JARVIS_RATE_LIMITS: "off", ...env } });
  await startFrom(group.ann, group.event, downtown);
  await startFrom(group.bob, group.event, { ...cell.low, mode: "cycle" });
  await startFrom(group.cem, group.event, south);
  return group;
}

const text = (point: { latitude: number; longitude: number }) =>
  `${point.longitude.toFixed(5)},${point.latitude.toFixed(5)}`;

test("a router says how long people are on the way, asked from the centres of cells alone", async () => {
  const slow = text(cellCentre(downtown));
  await using router = startRouter((source) => (source === slow ? 7_260 : 1_234));
  await using group = await threeStart({ JARVIS_ROUTING_URL: router.url });
  const { ann, bob, cem, event } = group;
  const { places } = await ask(ann, event);
  expect(places).toHaveLength(5);
  for (const { travel, worst_s, spread_s } of places) {
    const of = new Map<string, number>(travel.map(({ id, travel_s }) => [id, travel_s]));
    expect([of.get(ann.id), of.get(bob.id), of.get(cem.id)]).toEqual([7_200, 1_200, 1_200]);
    expect([worst_s, spread_s]).toEqual([7_200, 6_000]);
  }
  const cells = [downtown, cell.low, south].map(cellCentre).map(text);
  for (const exact of [downtown, cell.low, south]) expect(router.told).not.toContain(text(exact));
  for (const centre of cells) expect(router.told).toContain(centre);
});

test("the router's times decide which place comes first", async () => {
  await using plain = await threeStart({});
  const straight = (await ask(plain.ann, plain.event, "?limit=10")).places;
  // A river: only what is least good by the straight line is reached soon.
  const far = straight.at(-1);
  const wanted = `${Number(far?.longitude).toFixed(5)},${Number(far?.latitude).toFixed(5)}`;
  await using router = startRouter((_, place) => (place === wanted ? 600 : 6_000));
  await using group = await threeStart({ JARVIS_ROUTING_URL: router.url });
  const [first, second] = (await ask(group.ann, group.event)).places;
  expect(first).toMatchObject({ latitude: far?.latitude, longitude: far?.longitude, worst_s: 600 });
  expect(second?.worst_s).toBe(6_000);
});

test("a place that the router cannot reach, and a router that does not answer, leave the straight line to all", async () => {
  await using plain = await threeStart({});
  const { places } = await ask(plain.ann, plain.event);
  let asked = 0;
  await using router = startRouter(() => (++asked > 12 ? null : 60));
  await using group = await threeStart({ JARVIS_ROUTING_URL: router.url });
  const times = (all: typeof places) =>
    all.map(({ latitude, longitude, worst_s, mean_s }) => [latitude, longitude, worst_s, mean_s]);
  expect(times((await ask(group.ann, group.event)).places)).toEqual(times(places));
  expect(asked).toBeGreaterThan(12);
  await using silent = await threeStart({ JARVIS_ROUTING_URL: "osrm+http://127.0.0.1:9" });
  expect(times((await ask(silent.ann, silent.event)).places)).toEqual(times(places));
});
