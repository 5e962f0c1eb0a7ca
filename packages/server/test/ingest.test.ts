import { describe, expect, test } from "bun:test";
import { ingestProtocols, limits } from "@jarvis/contract";
import { allowedMethods } from "../src/http/methods.ts";
import { StorageError } from "../src/db/database.ts";
import { ownFix, ownTracksFix, pointCounts, sendAs, setUpPhone } from "./support/devices.ts";
import { basic } from "./support/dav.ts";
import { expectOk } from "./support/events.ts";
import { plaza } from "./support/meeting.ts";
import { until } from "./support/photos.ts";
import { rawRequest } from "./support/raw-request.ts";
import { createWorld, type Json, type Person, type World } from "./support/world.ts";

const minute = 60_000;

async function deviceOf(person: Person): Promise<Json> {
  const [device] = expectOk(await person.call("GET", `/user/${person.id}/devices`));
  return device;
}

function commitsOf({ server }: World): number {
  return server.ctx.db.stats().commits;
}

describe("what a phone sends", () => {
  test("is answered 200 whatever it is, or it would be sent for ever; and why is shown with the device", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const phone = await setUpPhone(ada);
    const now = world.clock.now();
    const said = (message: object) => JSON.stringify({ _type: "location", tst: now / 1_000, ...message });
    const bodies: [body: string | Uint8Array<ArrayBuffer>, outcome: string | null][] = [
      [said({ lat: 91, lon: 1 }), "out_of_range"],
      [said({ lat: 1, lon: "x" }), "no_position"],
      [said({ lat: 0, lon: 0 }), "null_island"],
      [said({}), "no_position"],
      [said({ lat: 1, lon: 2, tst: now / 1_000 + 61 }), "future"],
      ['{"_type":"encrypted","data":"AAAA"}', "encrypted"],
      ["{", "unreadable"],
      [new Uint8Array([0xff, 0xfe]), "unreadable"],
      ["x".repeat(limits.ingestBytes + 1), "too_large"],
      ["", null],
      ['{"_type":"status"}', null],
      ['{"_type":"tomorrow\'s"}', null],
    ];
    let problem: string | null = null;
    for (const [body, outcome] of bodies) {
      const answer = await sendAs(world, phone.token, "owntracks", { body });
      expect([outcome, answer.status, answer.text]).toEqual([outcome, 200, "[]"]);
      problem = outcome ?? problem;
      await until(async () => ((await deviceOf(ada)).problem?.code ?? null) === problem);
    }
    expect(await ownFix(ada)).toBeNull();
    const body = ownTracksFix(plaza, now);
    for (let count = 0; count < 2; count++) await sendAs(world, phone.token, "owntracks", { body });
    await sendAs(world, phone.token, "owntracks", {
      body: ownTracksFix({ latitude: 2, longitude: 2 }, now - minute),
    });
    expect(await ownFix(ada)).toMatchObject({ latitude: String(plaza.latitude), at_ms: now });
    await until(async () => (await deviceOf(ada)).problem === null);
    expect(await pointCounts(world)).toEqual({
      "owntracks/out_of_range": 1,
      "owntracks/no_position": 2,
      "owntracks/null_island": 1,
      "owntracks/future": 1,
      "owntracks/encrypted": 1,
      "owntracks/unreadable": 2,
      "owntracks/too_large": 1,
      "owntracks/newest": 1,
      "owntracks/duplicate": 1,
      "owntracks/older": 1,
    });
  });

  test("may come by any method and at any depth of the path, and is nobody's to keep", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const { token } = await setUpPhone(ada);
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]) {
      for (const path of [
        `/ingest/gpslogger/${token}`,
        `/ingest/gpslogger/${token}/`,
        `/ingest/gpslogger/x/${token}`,
      ]) {
        world.clock.advance(1_000);
        const query = `lat=49.2&lon=-123.1&timestamp=${world.clock.now() / 1_000}`;
        const { status, headers } = await fetch(`${world.url}${path}?${query}`, { method });
        expect([method, path, status]).toEqual([method, path, 200]);
        expect([headers.get("cache-control"), headers.get("x-content-type-options")]).toEqual([
          "no-store",
          "nosniff",
        ]);
        expect((await ownFix(ada))?.at_ms).toBe(world.clock.now());
      }
    }
    const options = await fetch(`${world.url}/ingest/osmand`, { method: "OPTIONS" });
    expect([options.status, options.headers.get("allow")]).toEqual([
      204,
      "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
    ]);
    expect(allowedMethods(`/ingest/osmand/${token}`).join(", ")).toBe(options.headers.get("allow") ?? "");
    const other = await fetch(`${world.url}/ingest/osmand/${token}`, { method: "PROPFIND" });
    expect([other.status, other.headers.get("allow")]).toEqual([405, options.headers.get("allow")]);
    expect((await fetch(`${world.url}/ingest/mqtt/${token}`, { method: "POST" })).status).toBe(404);
    expect(Object.keys(expectOk(await ada.call("GET", `/user/${ada.id}/location`)))).toContain("latitude");
    const documented = await (await fetch(`${world.url}/openapi.json`)).text();
    expect(documented).not.toContain('"/ingest');
  });

  test("notes when it came, to the minute, and by which app", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const { token } = await setUpPhone(ada);
    const post = (protocol: (typeof ingestProtocols)[number]) => {
      const at = world.clock.now() / 1_000;
      return sendAs(world, token, protocol, { method: "GET", query: `id=1&lat=1&lon=2&timestamp=${at}` });
    };
    await post("osmand");
    const first = world.clock.now();
    await until(async () => (await deviceOf(ada)).used_ms === first);
    world.clock.advance(minute - 1);
    await post("osmand");
    await world.server.ctx.db.write(async () => undefined); // behind whatever was on its way
    expect(await deviceOf(ada)).toMatchObject({ used_ms: first, app: "osmand" });
    await post("gpslogger");
    await until(async () => (await deviceOf(ada)).app === "gpslogger");
    expect((await deviceOf(ada)).used_ms).toBe(first + minute - 1);
    await world.restart();
    expect((await post("gpslogger")).status).toBe(200);
  });

  test("is kept by the phone while the store takes nothing: 503, and not a word of what was sent", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const phone = await setUpPhone(ada);
    const send = () =>
      sendAs(world, phone.token, "owntracks", { body: ownTracksFix(plaza, world.clock.now()) });
    expect((await send()).status).toBe(200);
    world.clock.advance(1_000);
    const { db } = world.server.ctx;
    const write = db.write.bind(db);
    for (const failure of [new StorageError("the disk is full"), new Error(`unforeseen ${plaza.latitude}`)]) {
      db.write = () => Promise.reject(failure);
      const refused = await send();
      expect([refused.status, refused.text, refused.headers.has("retry-after")]).toEqual([503, "", true]);
    }
    db.write = write;
    expect((await send()).status).toBe(200);
    expect((await ownFix(ada))?.at_ms).toBe(world.clock.now());
  });

  test("has to arrive whole: what is cut off stores nothing and is no failure of the server", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const { token } = await setUpPhone(ada);
    const body = ownTracksFix(plaza, world.clock.now());
    const host = new URL(world.url).host;
    world.logged.splice(0); // of the start
    const head = `POST /ingest/owntracks HTTP/1.1\r\nhost: ${host}\r\nauthorization: ${basic(token)}\r\n`;
    for (const framing of [
      `content-length: ${body.length}\r\n\r\n`,
      `transfer-encoding: chunked\r\n\r\n5\r\n`,
    ]) {
      const request = await rawRequest(world.url, `${head}${framing}${body.slice(0, 5)}`);
      await deviceOf(ada); // what was sent before has been read
      request.drop();
      await until(async () => world.logged.some(({ message }) => message === "request"));
      const [line] = world.logged.splice(0);
      expect(line?.fields).toMatchObject({ route: "/ingest/owntracks", status: 503 });
      expect(line?.level).toBe("info");
    }
    expect(await ownFix(ada)).toBeNull();
  });
});

describe("case 58: a phone that empties its queue", () => {
  test("sends 5,000 old points as fast as it can: all are taken, at once, and the newest stays where it is", async () => {
    await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
    const { ada } = await world.people("ada");
    const phone = await setUpPhone(ada);
    const now = world.clock.now();
    const send = (atMs: number, latitude: number) =>
      sendAs(world, phone.token, "owntracks", { body: ownTracksFix({ latitude, longitude: 7 }, atMs) });
    expect((await send(now, 50)).status).toBe(200);
    const before = commitsOf(world);
    for (let first = 0; first < 5_000; first += 50) {
      const batch = Array.from({ length: 50 }, (_, at) => send(now - 5_000_000 + 1_000 * (first + at), 10));
      for (const { status, text } of await Promise.all(batch)) expect([status, text]).toEqual([200, "[]"]);
    }
    expect((await ownFix(ada))?.latitude).toBe("50");
    expect(await pointCounts(world)).toEqual({ "owntracks/newest": 1, "owntracks/older": 5_000 });
    expect(commitsOf(world) - before).toBeLessThan(5_000);
  }, 60_000);

  test("or new ones: beyond 600 the newest is in memory at once, and on the disk within a second", async () => {
    await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
    const { ada } = await world.people("ada");
    const phone = await setUpPhone(ada);
    const began = world.clock.now();
    const send = (index: number) => {
      const body = ownTracksFix({ latitude: index / 100, longitude: 7 }, began - 1_000_000 + 1_000 * index);
      return sendAs(world, phone.token, "owntracks", { body });
    };
    for (let index = 1; index <= 700; index++) expect((await send(index)).status).toBe(200);
    expect(world.server.ctx.tracks.newestOf(ada.id)?.latitude).toBe(7);
    world.clock.advance(1_000);
    await until(async () => (await ownFix(ada))?.latitude === "7");
    await world.restart();
    expect((await ownFix(ada))?.latitude).toBe("7");
  }, 60_000);
});
