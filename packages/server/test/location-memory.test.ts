import { describe, expect, test } from "bun:test";
import { runHousekeeping } from "../src/housekeeping.ts";
import { uploadFixes } from "../src/location/service.ts";
import { createMeeting, expectOk, hour, move, northOfPlaza, plaza, share } from "./support/meeting.ts";
import { processEnv, startProcess, temporaryDirectory } from "./support/server-process.ts";
import { connect } from "./support/socket.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

async function stored(world: World, person: Person): Promise<{ event: string; latitude: number }[]> {
  const rows = await world.server.ctx.db.read
    .selectFrom("fix")
    .selectAll()
    .where("user_id", "=", person.id)
    .orderBy("event_id")
    .execute();
  return rows.map(({ event_id, latitude }) => ({ event: event_id, latitude }));
}

async function two() {
  const world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const meeting = await createMeeting(world, ada, { accepted: [bob] });
  return { world, ada, bob, meeting };
}

describe("a position over the socket", () => {
  test("counts at once, and is on the disk within a second", async () => {
    const { world, bob } = await two();
    await using _ = world;
    await using socket = await connect(world.url, bob);
    socket.send({ type: "location", ...plaza });
    await socket.flushed();
    expect(world.server.ctx.tracks.newest(bob.id, "")).toMatchObject(plaza);
    expect(await stored(world, bob)).toEqual([]);
    world.clock.advance(1_000);
    await world.server.ctx.db.write(async () => undefined);
    expect(await stored(world, bob)).toEqual([{ event: "", latitude: plaza.latitude }]);
  });

  test("is on the disk once the server has stopped", async () => {
    const { world, bob } = await two();
    await using _ = world;
    {
      await using socket = await connect(world.url, bob);
      socket.send({ type: "location", ...plaza });
      await socket.flushed();
    }
    await world.restart();
    expect(await stored(world, bob)).toEqual([{ event: "", latitude: plaza.latitude }]);
    expect((await bob.call("GET", `/user/${bob.id}/location`)).response).toMatchObject({ latitude: "49.26" });
  });

  test("of an event is in neither memory nor store once its sharer has paused, though it waited to be written", async () => {
    const { world, ada, bob, meeting } = await two();
    await using _ = world;
    const { tracks, bus } = world.server.ctx;
    await share(bob, meeting);
    await using socket = await connect(world.url, bob);
    await expectOk(bob.call("POST", `/event/${meeting.id}/location`, plaza));
    // Somebody looks: that the fix is allowed is known from then on without a look at the store.
    await expectOk(ada.call("GET", `/event/${meeting.id}/locations`));
    socket.send({ type: "location", ...northOfPlaza, event: meeting.id });
    await socket.flushed();
    expect(await stored(world, bob)).toEqual([{ event: meeting.id, latitude: plaza.latitude }]);
    expect(tracks.newest(bob.id, meeting.id)).toMatchObject(northOfPlaza);
    const atTheMessage: unknown[] = [];
    bus.subscribe(({ type }) => {
      if (type === "sharing_changed") atTheMessage.push(tracks.newest(bob.id, meeting.id));
    });
    await share(bob, meeting, "paused");
    expect(atTheMessage).toEqual([undefined]);
    world.clock.advance(2_000);
    await world.server.ctx.db.write(async () => undefined);
    expect(await stored(world, bob)).toEqual([]);
  });
});

describe("the newest fix", () => {
  test("never moves back, whatever order a phone's queue, other devices and a restart come in", async () => {
    const { world, bob } = await two();
    await using _ = world;
    const now = world.clock.now() / 1_000;
    const point = (latitude: number, agoS: number) => ({ latitude, longitude: 1, at: now - agoS });
    const send = (points: ReturnType<typeof point>[], durable = true) =>
      uploadFixes(world.server.ctx, bob.id, points, null, { durable });
    const outcomes = async (sent: ReturnType<typeof send>) => (await sent).map(({ outcome }) => outcome);
    expect(await outcomes(send([point(1, 50), point(3, 10), point(2, 30), point(9, -90)]))).toEqual([
      "newest",
      "newest",
      "older",
      "future",
    ]);
    await world.restart();
    expect(await outcomes(send([point(3, 10), point(2, 30)]))).toEqual(["duplicate", "older"]);
    expect(await outcomes(send([point(4, 5)], false))).toEqual(["newest"]);
    // It is not on the disk yet when the older one is acknowledged, and is then.
    expect(await outcomes(send([point(2, 20)]))).toEqual(["older"]);
    expect(await stored(world, bob)).toEqual([{ event: "", latitude: 4 }]);
    expect((await bob.call("GET", `/user/${bob.id}/location`)).response).toMatchObject({ latitude: "4" });
  });

  test("is there after a kill once it was acknowledged, and is not moved back", async () => {
    await using directory = await temporaryDirectory();
    const env = processEnv(directory.path, { JARVIS_RATE_LIMITS: "off" });
    const json = { "content-type": "application/json" };
    let path = "";
    let headers: Record<string, string> = json;
    const at = Math.floor(Date.now() / 1_000);
    {
      await using server = await startProcess(env);
      const account = { email: "bob@example.org", password: "correct horse battery", username: "bob" };
      const made = await fetch(`${server.url}/user`, {
        method: "POST",
        headers: json,
        body: JSON.stringify(account),
      });
      const { response } = (await made.json()) as { response: { id: string; token: string } }; // as the contract has it
      headers = { ...json, authorization: `Bearer ${response.token}` };
      path = `/user/${response.id}/location`;
      for (let i = 1; i <= 20; i++) {
        const body = JSON.stringify({ latitude: i, longitude: 1, at: at - 40 + i });
        expect((await fetch(server.url + path, { method: "POST", headers, body })).status).toBe(200);
      }
      server.kill("SIGKILL");
      await server.exited;
    }
    await using again = await startProcess(env);
    const newest = async () => {
      const { response } = (await (await fetch(again.url + path, { headers })).json()) as {
        response: { latitude: string };
      }; // as above
      return response.latitude;
    };
    expect(await newest()).toBe("20");
    const older = JSON.stringify({ latitude: 5, longitude: 1, at: at - 30 });
    expect((await fetch(again.url + path, { method: "POST", headers, body: older })).status).toBe(200);
    expect(await newest()).toBe("20");
  }, 60_000);
});

describe("memory forgets what the store does", () => {
  test("with an account that is erased", async () => {
    const { world, bob, meeting } = await two();
    await using _ = world;
    await share(bob, meeting);
    await move(bob, plaza);
    await using socket = await connect(world.url, bob);
    socket.send({ type: "location", ...northOfPlaza });
    await socket.flushed();
    await expectOk(bob.call("DELETE", `/user/${bob.id}`));
    expect(world.server.ctx.tracks.has(bob.id)).toBe(false);
    world.clock.advance(2_000);
    await world.server.ctx.db.write(async () => undefined);
    expect(await stored(world, bob)).toEqual([]);
  });

  test("after an event's window, and everything after a day", async () => {
    const { world, bob, meeting } = await two();
    await using _ = world;
    const { tracks } = world.server.ctx;
    await expectOk(bob.call("POST", `/event/${meeting.id}/location`, plaza));
    world.clock.advance(1_000);
    await move(bob, plaza);
    await runHousekeeping(world.server.ctx);
    expect([tracks.newest(bob.id, meeting.id), tracks.newest(bob.id, "")]).toMatchObject([plaza, plaza]);
    world.clock.set(meeting.closesMs);
    await runHousekeeping(world.server.ctx);
    expect([tracks.newest(bob.id, meeting.id), tracks.newest(bob.id, "")]).toMatchObject([
      undefined,
      plaza,
    ] as object);
    world.clock.set(meeting.closesMs + 24 * hour);
    await runHousekeeping(world.server.ctx);
    expect(tracks.has(bob.id)).toBe(false);
  });

  test("a path is kept while somebody may see it, and no longer", async () => {
    const { world, bob, meeting } = await two();
    await using _ = world;
    const { tracks } = world.server.ctx;
    const walk = async (steps: number) => {
      for (let i = 0; i < steps; i++) {
        world.clock.advance(1_000);
        await move(bob, { latitude: 49 + i / 1_000, longitude: -123 });
      }
      return tracks.recent(bob.id, "", 0).length;
    };
    expect(await walk(3)).toBe(1);
    await share(bob, meeting);
    expect(await walk(3)).toBe(4); // where they were, and three more
    await share(bob, meeting, "paused");
    expect(tracks.recent(bob.id, "", 0).length).toBe(1);
    await share(bob, meeting);
    expect(await walk(3)).toBe(4);
    world.clock.set(meeting.closesMs);
    await runHousekeeping(world.server.ctx);
    expect(tracks.recent(bob.id, "", 0).length).toBe(1);
  });
});

test("memory keeps no path of whoever shows a friend alone where they are", async () => {
  const { world, ada, bob, meeting } = await two();
  await using _ = world;
  await world.befriend(ada, bob);
  const until = world.clock.now() / 1_000 + 3_600;
  await expectOk(bob.call("PUT", `/user/${bob.id}/shares/${ada.id}`, { until }));
  const walk = async () => {
    for (let i = 0; i < 3; i++) {
      await move(bob, { ...plaza, latitude: plaza.latitude + i / 1_000 });
      world.clock.set(world.clock.now() + 60_000);
    }
    return world.server.ctx.tracks.recent(bob.id, "", 0).length;
  };
  expect(await walk()).toBe(1);
  await share(bob, meeting);
  expect(await walk()).toBeGreaterThanOrEqual(3);
  await share(bob, meeting, "off");
  expect(world.server.ctx.tracks.recent(bob.id, "", 0).length).toBe(1);
});
