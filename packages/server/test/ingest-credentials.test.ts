import { describe, expect, test } from "bun:test";
import { contract, type Endpoint, ingestProtocols } from "@jarvis/contract";
import { basic } from "./support/dav.ts";
import {
  ownFix,
  ownTracksFix,
  type PhoneAnswer,
  pointCounts,
  sendAs,
  setUpPhone,
} from "./support/devices.ts";
import { expectOk } from "./support/events.ts";
import { plaza } from "./support/meeting.ts";
import { until } from "./support/photos.ts";
import { rawRequest } from "./support/raw-request.ts";
import { TestSocket } from "./support/socket.ts";
import { createWorld, type World } from "./support/world.ts";

/** What every app sends of one place, so that only the credential is the question. */
function fixOf(world: World) {
  const { latitude, longitude } = plaza;
  const coordinates = [longitude, latitude];
  const timestamp = new Date(world.clock.now()).toISOString();
  const feature = { type: "Feature", geometry: { type: "Point", coordinates }, properties: { timestamp } };
  const query = `id=1&lat=${latitude}&lon=${longitude}&time=${timestamp}&timestamp=${timestamp}`;
  return {
    owntracks: { body: ownTracksFix(plaza, world.clock.now()) },
    osmand: { query },
    overland: { body: JSON.stringify({ locations: [feature] }) },
    gpslogger: { query },
  };
}

/** All of an answer that does not tell the time. */
function shown({ status, text, headers }: PhoneAnswer): string {
  return JSON.stringify([
    status,
    text,
    [...headers].filter(([name]) => !["date", "x-request-id"].includes(name)),
  ]);
}

async function rowsOf(world: World): Promise<number> {
  return (await world.server.ctx.db.read.selectFrom("fix").selectAll().execute()).length;
}

describe("case 58: what a phone presents", () => {
  test("is taken as the password of Basic, as a Bearer, and as the last part of the path, by every protocol", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const phone = await setUpPhone(ada);
    const done = { owntracks: "[]", osmand: "", overland: '{"result":"ok"}', gpslogger: "OK" };
    for (const protocol of ingestProtocols) {
      for (const how of ["basic", "bearer", "path"] as const) {
        world.clock.advance(1_000);
        const answer = await sendAs(world, phone.token, protocol, { how, ...fixOf(world)[protocol] });
        expect([protocol, how, answer.status, answer.text]).toEqual([protocol, how, 200, done[protocol]]);
        expect([protocol, how, (await ownFix(ada))?.at_ms]).toEqual([protocol, how, world.clock.now()]);
      }
    }
  });

  test("stores nothing where it is none, wrong, of a session, or of a device that is gone, and is refused alike", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const gone = await setUpPhone(ada);
    const right = await setUpPhone(ada);
    await sendAs(world, gone.token, "owntracks", {});
    expectOk(await ada.call("DELETE", `/user/${ada.id}/devices/${gone.id}`));
    const feed = expectOk(await ada.call("POST", `/user/${ada.id}/calendar`), 201);
    const wrong = [
      "A".repeat(43),
      "a",
      `${right.token}A`,
      right.token.slice(1),
      right.id,
      ada.token,
      gone.token,
      feed.secret,
    ];
    const headers: Record<string, string>[] = [
      {},
      { authorization: "" },
      { authorization: "Basic" },
      { authorization: "Basic !!!" },
      { authorization: `Basic ${btoa(right.token)}` },
      { authorization: `Digest ${right.token}` },
      { "x-limit-u": ada.id, "x-limit-d": right.id },
      { cookie: `jarvis=${ada.token}` },
      ...wrong.flatMap((token) => [{ authorization: basic(token) }, { authorization: `Bearer ${token}` }]),
    ];
    for (const protocol of ingestProtocols) {
      const sent = fixOf(world)[protocol];
      const answers = [
        ...headers.map((more) => sendAs(world, "", protocol, { how: null, ...sent, headers: more })),
        ...wrong.map((token) => sendAs(world, token, protocol, { how: "path", ...sent })),
        sendAs(world, right.token, protocol, { how: null, query: `token=${right.token}&id=${right.token}` }),
        ...[basic("x"), "Basic !!!", "Digest x"].map((authorization) =>
          sendAs(world, right.token, protocol, { how: "path", headers: { authorization }, ...sent }),
        ),
      ];
      const seen = new Set((await Promise.all(answers)).map(shown));
      expect([...seen]).toHaveLength(1);
      expect([...seen][0]).toStartWith('[401,""');
    }
    expect([await rowsOf(world), await ownFix(ada), await ownFix(bob)]).toEqual([0, null, null]);
    expect(await pointCounts(world)).toEqual({});
    const taken = await sendAs(world, right.token, "owntracks", {
      body: ownTracksFix(plaza, world.clock.now()),
    });
    expect([taken.status, await rowsOf(world)]).toEqual([200, 1]);
  });

  test("of a header wins over the path, whatever either says", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const [adas, bobs] = [await setUpPhone(ada), await setUpPhone(bob)];
    const headers = { authorization: basic(bobs.token) };
    const body = ownTracksFix(plaza, world.clock.now());
    expect((await sendAs(world, adas.token, "owntracks", { how: "path", headers, body })).status).toBe(200);
    expect([await ownFix(ada), (await ownFix(bob))?.at_ms]).toEqual([null, world.clock.now()]);
  });

  test("is no session: no call and no socket takes it", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const { token, id } = await setUpPhone(ada, { friends: true });
    const endpoints = Object.values(contract).flatMap((group) => Object.values<Endpoint>(group));
    let asked = 0;
    for (const { method, path, auth } of endpoints) {
      if (auth !== "session") continue;
      const filled = path
        .replace("{id}", ada.id)
        .replace("{device}", id)
        .replaceAll(/\{\w+\}/g, "1");
      for (const authorization of [`Bearer ${token}`, basic(token)]) {
        const { status } = await fetch(world.url + filled, { method, headers: { authorization } });
        expect([method, path, status]).toEqual([method, path, 401]);
        asked++;
      }
    }
    expect(asked).toBeGreaterThan(100);
    await using socket = await new TestSocket(world.url).opened();
    socket.send({ type: "hello", token });
    expect(await socket.closed).toBe(4401);
    for (const path of ["/dav/", `/calendar/${token}.ics`, `/freebusy/${token}.ics`])
      expect([401, 404]).toContain(
        (await fetch(world.url + path, { headers: { authorization: basic(token) } })).status,
      );
  });

  test("counts for the address where it is wrong: 60 a minute, then 429; and a right one is taken all the same", async () => {
    await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
    const { ada } = await world.people("ada");
    const phone = await setUpPhone(ada);
    const statuses: number[] = [];
    for (let index = 0; index < 62; index++)
      statuses.push((await sendAs(world, `${index}`.padStart(43, "A"), "osmand", { how: "path" })).status);
    expect(statuses.slice(58)).toEqual([401, 401, 429, 429]);
    const refused = await sendAs(world, "", "owntracks", { how: null });
    expect([refused.status, Number(refused.headers.get("retry-after")) > 0]).toEqual([429, true]);
    const sent = { body: ownTracksFix(plaza, world.clock.now()) };
    expect((await sendAs(world, phone.token, "owntracks", sent)).status).toBe(200);
  });
});

describe("case 58: a device that is removed", () => {
  test("writes nothing once that is answered, however its posts race with it", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    let [before, after] = [0, 0];
    for (let round = 0; round < 25; round++) {
      const phone = await setUpPhone(ada);
      let isGone = false;
      const posts: Promise<void>[] = [];
      const post = async () => {
        const late = isGone;
        const body = ownTracksFix(plaza, world.clock.now());
        const { status } = await sendAs(world, phone.token, "owntracks", { body });
        expect(late ? [401] : [200, 401]).toContain(status);
        if (status === 200) before++;
        else after++;
      };
      for (let index = 0; index < 4; index++) posts.push(post());
      const removing = ada.call("DELETE", `/user/${ada.id}/devices/${phone.id}`).then(() => (isGone = true));
      for (let index = 0; index < 4; index++) posts.push(post());
      await removing;
      await world.server.ctx.db.write(({ sql }) => sql.deleteFrom("fix").execute());
      await Promise.all([...posts, post()]);
      expect(await rowsOf(world)).toBe(0);
    }
    expect(before).toBeGreaterThan(0);
    expect(after).toBeGreaterThan(25);
  });

  test("is none for what waits behind its removal: the unit that stores asks", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const phone = await setUpPhone(ada);
    const { db } = world.server.ctx;
    const gate = Promise.withResolvers<void>();
    const before = db.stats().queued;
    const held = db.write(() => gate.promise);
    const removing = ada.call("DELETE", `/user/${ada.id}/devices/${phone.id}`);
    await until(() => db.stats().queued >= before + 1);
    const body = ownTracksFix(plaza, world.clock.now());
    const posting = sendAs(world, phone.token, "owntracks", { body });
    await until(() => db.stats().queued >= before + 2);
    gate.resolve();
    await held;
    expect([(await removing).status, (await posting).status, await rowsOf(world)]).toEqual([200, 401, 0]);
  });

  test("is none also for the request whose body comes afterwards", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const phone = await setUpPhone(ada);
    const body = ownTracksFix(plaza, world.clock.now());
    const head = `POST /ingest/owntracks HTTP/1.1\r\nhost: ${new URL(world.url).host}\r\nconnection: close\r\nauthorization: ${basic(phone.token)}\r\n`;
    const request = await rawRequest(
      world.url,
      `${head}content-length: ${body.length}\r\n\r\n${body.slice(0, 20)}`,
    );
    expectOk(await ada.call("GET", `/user/${ada.id}/devices`)); // what was sent before has been read
    expectOk(await ada.call("DELETE", `/user/${ada.id}/devices/${phone.id}`));
    request.write(body.slice(20));
    expect(await request.answer).toStartWith("HTTP/1.1 401");
    expect(await rowsOf(world)).toBe(0);
  });
});
