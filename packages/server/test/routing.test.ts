import { describe, expect, test } from "bun:test";
import { loadConfig } from "../src/config.ts";
import { createLog } from "../src/lib/log.ts";
import { systemClock } from "../src/lib/clock.ts";
import { Routing } from "../src/lib/routing/routing.ts";
import { movedClock } from "./support/clock.ts";
import { createMeeting, minute, share } from "./support/meeting.ts";
import { type Fault, routedMps, startRouter } from "./support/routers.ts";
import { lookAtTravel, northBy, toldIn, travel } from "./support/travel.ts";
import { createWorld } from "./support/world.ts";

const place = { latitude: 49.26, longitude: -123.24 };
const sources = [northBy(1_000), northBy(3_000), { latitude: -10, longitude: 0 }];

function routing(kind: "osrm" | "valhalla", address: string, clock = systemClock): Routing {
  const { routing: target } = loadConfig({ JARVIS_ROUTING_URL: `${kind}+${address}` });
  if (target === null) throw new Error("no router is set up");
  return new Routing(target, { clock, log: createLog("silent") });
}

describe.each(["osrm", "valhalla"] as const)("%s", (kind) => {
  test("is asked once for many ways to one place, and says which there are none of", async () => {
    await using router = startRouter(kind);
    const durations = await routing(kind, router.address).durations("walk", sources, place);
    expect(durations?.map((seconds) => seconds && Math.round((seconds * routedMps) / 100))).toEqual([
      10,
      30,
      null,
    ]);
    expect(router.asked).toHaveLength(1);
    expect(router.asked[0]).toContain(kind === "osrm" ? "/table/v1/foot/" : "pedestrian");
  });

  test.each(["slow", "status 500", "garbage", "huge", "closed"] as Fault[])(
    "that is %s is no answer, and is left alone after three",
    async (fault) => {
      await using router = startRouter(kind);
      const clock = movedClock();
      const asking = routing(kind, router.address, clock);
      router.fault = fault;
      for (let i = 0; i < 3; i++) {
        const answer = asking.durations("ride", sources, place);
        if (fault === "slow") {
          while (router.asked.length <= i) await new Promise((resolve) => setImmediate(resolve));
          clock.advance(2_000);
        }
        expect(await answer).toBeNull();
      }
      if (fault !== "closed") expect(router.asked).toHaveLength(3);
      expect(asking.isResting).toBe(true);
      expect(await asking.durations("ride", sources, place)).toBeNull();
      if (fault !== "closed") expect(router.asked).toHaveLength(3);
      clock.advance(60_000);
      expect(asking.isResting).toBe(false);
      if (fault === "closed") return;
      router.fault = null;
      expect(await asking.durations("ride", sources, place)).toHaveLength(3);
    },
  );
});

test("OSRM: what is no number, and a code that is not Ok, are no ways", async () => {
  await using router = startRouter("osrm");
  const asking = routing("osrm", router.address);
  router.fault = "NaN";
  expect(await asking.durations("ride", sources.slice(0, 1), place)).toEqual([null]);
  router.fault = "no table";
  expect(await asking.durations("ride", sources, place)).toBeNull();
});

test("the setting names the router, its address and its profiles, and refuses everything else", () => {
  const target = (text: string) => loadConfig({ JARVIS_ROUTING_URL: text }).routing;
  expect(target("")).toBeNull();
  expect(target("osrm+https://r.example/osrm/?walk=walking")).toEqual({
    kind: "osrm",
    base: "https://r.example/osrm",
    profiles: { walk: "walking", cycle: "bike", ride: "car" },
  });
  for (const wrong of [
    "https://r.example",
    "osrm+ftp://r.example",
    "osrm+http://a:b@r.example",
    "osrm+http://r/?fly=x",
  ])
    expect(() => target(wrong)).toThrow("JARVIS_ROUTING_URL");
});

test("a row counts with the router's way, asked again after two minutes, and waits for it never", async () => {
  await using router = startRouter("osrm");
  await using world = await createWorld({ env: { JARVIS_ROUTING_URL: `osrm+${router.address}` } });
  const { ada, bob } = await world.people("ada", "bob");
  const meeting = await createMeeting(world, ada, { accepted: [bob] });
  const eta = async () => (await ada.call("GET", `/event/${meeting.id}/locations`)).response[0].eta_s;
  await share(bob, meeting);
  router.fault = "slow"; // nobody answers: what is known counts, and nobody waits
  await travel(world, bob, { fromM: 4_000, toM: 3_500, mps: 1.4 });
  expect(router.asked.length).toBeGreaterThan(0);
  const straight = await eta();
  expect(straight).toBeGreaterThan(1_000);
  expect(await toldIn(world, meeting.id)).toBeDefined();
  router.fault = null;
  world.clock.advance(2_000); // the deadline of those under way
  const before = router.asked.length;
  world.clock.set(world.clock.now() + 2 * minute);
  await bob.call("POST", `/user/${bob.id}/location`, { ...northBy(3_350), accuracy: 8 });
  await lookAtTravel(world);
  while ((await eta()) > straight * 0.75) await new Promise((resolve) => setImmediate(resolve));
  expect(router.asked.length).toBeGreaterThan(before);
  const logged = JSON.stringify(world.logged);
  expect(logged).not.toContain("49.2");
}, 60_000);

test("of somebody who shares `coarse` the router is asked nothing", async () => {
  await using router = startRouter("osrm");
  await using world = await createWorld({ env: { JARVIS_ROUTING_URL: `osrm+${router.address}` } });
  const { ada, bob } = await world.people("ada", "bob");
  const meeting = await createMeeting(world, ada, { accepted: [bob] });
  await share(bob, meeting, "on", "coarse");
  await travel(world, bob, { fromM: 4_000, toM: 3_500, mps: 1.4 });
  expect(router.asked).toEqual([]);
  await share(bob, meeting, "on", "exact");
  await travel(world, bob, { fromM: 3_500, toM: 3_000, mps: 1.4 });
  expect(router.asked.length).toBeGreaterThan(0);
});
