import { describe, expect, test } from "bun:test";
import type { BusMessage } from "../src/bus/bus.ts";
import { movedClock } from "./support/clock.ts";
import { createMeeting, hour, minute, move, plaza, refusal } from "./support/meeting.ts";
import { createWorld } from "./support/world.ts";

describe("uploading a fix", () => {
  test("is read back by its author alone, and an older one never moves it back", async () => {
    await using world = await createWorld();
    const { ada, bob, eve } = await world.people("ada", "bob", "eve");
    await world.befriend(ada, bob);
    const now = world.clock.now() / 1000;
    const path = `/user/${ada.id}/location`;
    await move(ada, { ...plaza, accuracy: 12, battery: "80", at: now });
    await move(ada, { latitude: 1, longitude: 2, at: now - 1 });
    expect((await ada.call("GET", path)).response).toEqual({
      latitude: "49.26",
      longitude: "-123.24",
      accuracy: 12,
      altitude: null,
      speed: null,
      heading: null,
      battery: 80,
      at_ms: now * 1000,
    });
    expect(await refusal(bob.call("GET", path))).toBe("404 not_found");
    expect(await refusal(bob.call("POST", path, plaza))).toBe("403 forbidden");
    expect(await refusal(eve.call("GET", path))).toBe("404 not_found");
    expect(await refusal(eve.call("POST", path, plaza))).toBe("404 not_found");
    expect(await refusal(world.call("POST", path, plaza))).toBe("401 unauthenticated");
  });

  test("is kept for 24 hours at most", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const path = `/user/${ada.id}/location`;
    expect(await refusal(ada.call("GET", path))).toBe("404 not_found");
    await move(ada, plaza);
    world.clock.set(world.clock.now() + 24 * hour - 1);
    expect((await ada.call("GET", path)).status).toBe(200);
    world.clock.set(world.clock.now() + 1);
    expect(await refusal(ada.call("GET", path))).toBe("404 not_found");
  });

  test("says `moved` on the bus only when it is the newest", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const heard: BusMessage[] = [];
    world.server.ctx.bus.subscribe((message) => heard.push(message));
    await move(ada, plaza);
    await move(ada, { ...plaza, at: world.clock.now() / 1000 - 1 });
    expect(heard).toEqual([{ type: "moved", user: ada.id, event: null }]);
  });

  test("stores coordinates exactly or refuses them (case 92)", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const path = `/user/${ada.id}/location`;
    const now = world.clock.now() / 1000;
    const texts = [
      "NaN",
      "Infinity",
      "-Infinity",
      "90.0000001",
      "1e308",
      "9".repeat(400),
      "",
      " 1",
      "0x1",
      "１",
    ];
    const bad = [...texts, null, 90.0000001, -90.0000001, 1e308, [1], {}, true];
    for (const latitude of bad) {
      expect(await refusal(ada.call("POST", path, { latitude, longitude: 0 }))).toBe("400 invalid_input");
    }
    for (const longitude of [181, "-180.0000001", "NaN", null, undefined]) {
      expect(await refusal(ada.call("POST", path, { latitude: 0, longitude }))).toBe("400 invalid_input");
    }
    const extras = [
      { accuracy: -1 },
      { accuracy: "NaN" },
      { heading: 361 },
      { battery: 101 },
      { at: now + 61 },
      { at: now + 86_400 },
    ];
    for (const extra of extras) {
      expect(await refusal(ada.call("POST", path, { ...plaza, ...extra }))).toBe("400 invalid_input");
    }
    expect(await refusal(ada.call("POST", path, '{"latitude":1e999,"longitude":0}'))).toBe(
      "400 invalid_input",
    );
    expect(await refusal(ada.call("GET", path))).toBe("404 not_found");

    const good: [unknown, unknown, string, string][] = [
      [0, 0, "0", "0"],
      [-0, "-0", "0", "0"],
      [90, 180, "90", "180"],
      ["-90", "-180", "-90", "-180"],
      ["49.260605000000001", -123.24599999999998, "49.260605", "-123.24599999999998"],
      [1e-7, -1e-300, "0.0000001", `-0.${"0".repeat(299)}1`],
    ];
    for (const [latitude, longitude, ...stored] of good) {
      await move(ada, { latitude, longitude });
      const { response } = await ada.call("GET", path);
      expect([response.latitude, response.longitude]).toEqual(stored);
    }
    await move(ada, { ...plaza, at: now + 60 });
    expect((await ada.call("GET", path)).response.at_ms).toBe((now + 60) * 1000);
  });
});

describe("uploading a fix for one event", () => {
  test("is for accepted people inside the window (case 58)", async () => {
    await using world = await createWorld();
    const { ada, bob, may, eve } = await world.people("ada", "bob", "may", "eve");
    const meeting = await createMeeting(world, ada, { accepted: [bob], maybe: [may], inMs: 2 * hour });
    const path = `/event/${meeting.id}/location`;
    expect(await refusal(bob.call("POST", path, plaza))).toBe("403 outside_window");
    world.clock.set(meeting.opensMs - 1);
    expect(await refusal(bob.call("POST", path, plaza))).toBe("403 outside_window");
    expect((await bob.call("GET", `/event/${meeting.id}/sharing`)).response.state).toBe("off");
    world.clock.set(meeting.opensMs);
    expect(await refusal(world.call("POST", path, plaza))).toBe("401 unauthenticated");
    expect(await refusal(eve.call("POST", path, plaza))).toBe("404 not_found");
    expect(await refusal(eve.call("POST", "/event/nowhere/location", plaza))).toBe("404 not_found");
    expect(await refusal(may.call("POST", path, plaza))).toBe("403 forbidden");
    expect(await refusal(bob.call("POST", path, plaza))).toBe("200");
    world.clock.set(meeting.closesMs);
    expect(await refusal(bob.call("POST", path, plaza))).toBe("403 outside_window");
  });

  test("turns sharing on only if it was never set", async () => {
    await using world = await createWorld();
    const { ada, bob, cat } = await world.people("ada", "bob", "cat");
    const meeting = await createMeeting(world, ada, { accepted: [bob, cat] });
    const path = `/event/${meeting.id}/location`;
    await bob.call("POST", path, plaza);
    expect((await bob.call("GET", `/event/${meeting.id}/sharing`)).response.state).toBe("on");
    expect((await ada.call("GET", `/event/${meeting.id}/locations`)).response).toHaveLength(1);
    for (const state of ["paused", "off"]) {
      await bob.call("PUT", `/event/${meeting.id}/sharing`, { state });
      expect(await refusal(bob.call("POST", path, plaza))).toBe("409 sharing_off");
    }
    await cat.call("PUT", `/event/${meeting.id}/sharing`, { state: "off" });
    expect(await refusal(cat.call("POST", path, plaza))).toBe("409 sharing_off");
    expect(await refusal(ada.call("GET", `/event/${meeting.id}/location/${bob.id}`))).toBe("404 not_found");
  });

  test("is shown itself when it turns sharing on, though time goes by until that is written", async () => {
    const moved = movedClock();
    const running = { ...moved, now: () => (moved.advance(1), moved.now()) };
    await using world = await createWorld({ clock: running });
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    await bob.call("POST", `/event/${meeting.id}/location`, plaza);
    expect((await ada.call("GET", `/event/${meeting.id}/locations`)).response).toHaveLength(1);
  });

  test("stays off for somebody who left and came back, until they put it on themselves", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    const path = `/event/${meeting.id}/location`;
    await bob.call("POST", path, plaza);
    await bob.call("PUT", `/event/${meeting.id}/rsvp`, { status: "declined" });
    await bob.call("PUT", `/event/${meeting.id}/rsvp`, { status: "accepted" });
    expect(await refusal(bob.call("POST", path, plaza))).toBe("409 sharing_off");
    expect((await ada.call("GET", `/event/${meeting.id}/locations`)).response).toEqual([]);
  });

  test("is refused once consent has run out, however long the event was made meanwhile", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    const path = `/event/${meeting.id}/location`;
    await bob.call("POST", path, plaza);
    await ada.call("PATCH", `/event/${meeting.id}`, { duration: (10 * hour) / 1000 });
    world.clock.set(meeting.closesMs - minute);
    expect(await refusal(bob.call("POST", path, plaza))).toBe("200");
    world.clock.set(meeting.closesMs);
    expect(await refusal(bob.call("POST", path, plaza))).toBe("409 sharing_off");
    expect((await ada.call("GET", `/event/${meeting.id}/locations`)).response).toEqual([]);
  });
});
