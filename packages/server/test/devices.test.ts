import { describe, expect, test } from "bun:test";
import { createClient } from "@jarvis/sdk";
import jsQR from "jsqr";
import { sha256 } from "../src/lib/ids.ts";
import { ownFix, ownTracks, sendAs, setUpPhone } from "./support/devices.ts";
import { codeOf, expectOk } from "./support/events.ts";
import { plaza } from "./support/meeting.ts";
import { searchStore } from "./support/search-store.ts";
import { connect } from "./support/socket.ts";
import { createWorld, type Json, type Person } from "./support/world.ts";
import { aboutFiles } from "./support/store-address.ts";

const minute = 60_000;
const apps = ["owntracks", "traccar", "osmand", "overland", "gpslogger"] as const;

async function list(person: Person): Promise<Json[]> {
  return expectOk(await person.call("GET", `/user/${person.id}/devices`));
}

/** Draws an SVG as a reader's camera sees it, eight pixels a module. The reader is another program than what encodes. */
function readCode(svg: string): string | undefined {
  const side = Number(/viewBox='0 0 (\d+) /.exec(svg)?.[1]);
  const scale = 8;
  const size = side * scale;
  const data = new Uint8ClampedArray(size * size * 4).fill(255);
  const dark = /<path d='([^']*)'\/>/.exec(svg)?.[1] ?? "";
  for (const [, x, y, width] of dark.matchAll(/M(\d+) (\d+)h(\d+)v1H\d+z/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row++) {
      const from = (row * size + Number(x) * scale) * 4;
      for (let at = from; at < from + Number(width) * scale * 4; at += 4) data.fill(0, at, at + 3);
    }
  }
  return jsQR(data, size, size)?.data;
}

describe("a device", () => {
  test.skipIf(aboutFiles)(
    "is made with a fresh sign-in alone; its token is shown once, and stored as a hash",
    async () => {
      await using world = await createWorld();
      const { ada, bob } = await world.people("ada", "bob");
      const phone = await setUpPhone(ada, { name: "Pixel", friends: true });
      expect(phone.token).toMatch(/^[\w-]{43}$/);
      expect(await list(ada)).toEqual([
        {
          id: phone.id,
          name: "Pixel",
          friends: true,
          created_ms: world.clock.now(),
          used_ms: null,
          app: null,
          problem: null,
        },
      ]);
      expect(searchStore(`${world.directory}/jarvis.db`, [phone.token])).toEqual([]);
      expect(JSON.stringify(world.logged)).not.toContain(phone.token);
      expect(codeOf(await bob.call("GET", `/user/${ada.id}/devices`))).toBe("not_found");
      expect(codeOf(await bob.call("POST", `/user/${ada.id}/devices`, { name: "x" }))).toBe("not_found");
      world.clock.advance(5 * minute + 1);
      expect(codeOf(await ada.call("POST", `/user/${ada.id}/devices`, { name: "Late" }))).toBe(
        "reauthenticate",
      );
      expectOk(await ada.call("PATCH", `/user/${ada.id}/devices/${phone.id}`, { name: "Old Pixel" }));
      expect((await list(ada))[0].name).toBe("Old Pixel");
    },
  );

  test("is refused without a name that can be seen, or beyond the twentieth, of forty that are made at once", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const make = (body: object) => ada.call("POST", `/user/${ada.id}/devices`, body);
    for (const name of ["", " ", "\u200b", "a\u0000b", 7]) expect((await make({ name })).status).toBe(400);
    expect(codeOf(await make({ name: "x".repeat(65) }))).toBe("limit_exceeded");
    expect((await make({ name: "Phone", friends: "yes" })).status).toBe(400);
    const made = await Promise.all(
      Array.from({ length: 40 }, (_, index) => make({ name: `Phone ${index}` })),
    );
    expect(made.filter(({ status }) => status === 201)).toHaveLength(20);
    expect(new Set(made.filter(({ status }) => status !== 201).map(codeOf))).toEqual(
      new Set(["limit_exceeded"]),
    );
    expect(await list(ada)).toHaveLength(20);
  });

  test("is nobody else's to see, rename or remove", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    await world.befriend(ada, bob);
    const phone = await setUpPhone(ada);
    for (const user of [ada.id, bob.id]) {
      const path = `/user/${user}/devices/${phone.id}`;
      for (const [method, body] of [
        ["PATCH", { name: "Mine" }],
        ["DELETE", undefined],
      ] as const)
        expect(codeOf(await bob.call(method, path, body))).toBe(user === ada.id ? "forbidden" : "not_found");
    }
    expect(codeOf(await bob.call("DELETE", `/user/${bob.id}/access/${phone.id}`))).toBe("not_found");
    expect(await list(ada)).toHaveLength(1);
  });

  test("is told to the person's other connections when it is made, renamed or removed", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    await using heard = await connect(world.url, ada);
    const phone = await setUpPhone(ada, { name: "Pixel" });
    await ada.call("PATCH", `/user/${ada.id}/devices/${phone.id}`, { name: "Pixie" });
    await ada.call("DELETE", `/user/${ada.id}/devices/${phone.id}`);
    await heard.next("entry", ({ data }) => "removed" in data);
    expect(
      heard.frames.flatMap((frame) => (frame.type === "entry" ? [[frame.kind, frame.data]] : [])),
    ).toEqual([
      ["device", { id: phone.id, name: "Pixel" }],
      ["device", { id: phone.id, name: "Pixie" }],
      ["device", { id: phone.id, removed: true }],
    ]);
  });

  test("is made through the SDK", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const client = createClient({ baseUrl: world.url, token: ada.token });
    const made = await client.devices.createDevice({ id: ada.id, name: "Pixel" });
    expect((await client.devices.listDevices({ id: ada.id })).map(({ id }) => id)).toEqual([made.id]);
    await client.devices.removeDevice({ id: ada.id, device: made.id });
    expect(await client.devices.listDevices({ id: ada.id })).toEqual([]);
  });
});

describe("what apps are set up with", () => {
  test("can be read back from its QR code, and leads to where it works", async () => {
    await using world = await createWorld({ env: { JARVIS_PUBLIC_URL: "https://jarvis.example" } });
    const ada = await world.person("Ada Lovelace");
    const { links, token } = await setUpPhone(ada, { name: "Ada's Télé-phone" });
    for (const app of apps)
      expect([app, readCode(links[app].qr)]).toEqual([app, links[app].link ?? links[app].url]);
    const inline = new URL(links.owntracks.link).searchParams.get("inline") ?? "";
    expect(JSON.parse(Buffer.from(inline, "base64").toString())).toEqual({
      _type: "configuration",
      mode: 3,
      url: "https://jarvis.example/ingest/owntracks",
      auth: true,
      username: "jarvis",
      password: token,
      deviceId: "ada-s-tele-phone",
      tid: "AL",
      monitoring: 1,
      cmd: true,
    });
    const setUp = new URL(links.overland.link).searchParams;
    expect([setUp.get("url"), setUp.get("token")]).toEqual([links.overland.url, token]);
    const traccar = new URL(links.traccar.link);
    expect([traccar.origin + traccar.pathname, traccar.searchParams.get("interval")]).toEqual([
      links.traccar.url,
      "30",
    ]);
    const at = Math.floor(world.clock.now() / 1_000);
    const { latitude, longitude } = plaza;
    const osmand = [latitude, longitude, at, 2, 0, 1.5, 90];
    const sent = {
      osmand: links.osmand.url.replaceAll(/\{(\d)\}/g, (_: string, index: string) =>
        String(osmand[Number(index)]),
      ),
      gpslogger: links.gpslogger.url
        .replace("%LAT", latitude)
        .replace("%LON", longitude)
        .replace("%TIMESTAMP", at + 1),
    };
    const fetched = sent.osmand.replace("https://jarvis.example", world.url);
    expect((await fetch(fetched)).status).toBe(200);
    expect(await ownFix(ada)).toMatchObject({ latitude: String(latitude), at_ms: at * 1_000, speed: 1.5 });
    const { gpslogger } = links;
    const answer = await sendAs(world, gpslogger.password, "gpslogger", {
      method: "GET",
      query: new URL(sent.gpslogger).search.slice(1),
    });
    expect([answer.status, answer.text]).toEqual([200, "OK"]);
    expect((await ownFix(ada))?.at_ms).toBe((at + 1) * 1_000);
  });
});

describe("case 36: a device ends", () => {
  test("when it is removed, revoked, or with everything else; and not with the password", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const endings: ((id: string) => Promise<unknown>)[] = [
      (id) => ada.call("DELETE", `/user/${ada.id}/devices/${id}`),
      (id) => ada.call("DELETE", `/user/${ada.id}/access/${id}`),
      () => ada.call("PUT", `/user/${ada.id}/logout?everywhere=true`),
    ];
    for (const [index, end] of endings.entries()) {
      const phone = await setUpPhone(ada);
      const other = await setUpPhone(ada);
      expect((await ownTracks(world, phone, plaza)).status).toBe(200);
      await ada.call("PUT", `/user/${ada.id}/password`, { new: "correct horse battery" });
      expect((await ownTracks(world, phone, plaza)).status).toBe(200);
      await end(phone.id);
      const after = [phone, other].map(async (each) => (await ownTracks(world, each, plaza)).status);
      expect([index, await Promise.all(after)]).toEqual([index, index === 2 ? [401, 401] : [401, 200]]);
    }
  });

  test.skipIf(aboutFiles)("with the account", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const phone = await setUpPhone(ada);
    expect((await ownTracks(world, phone, plaza)).status).toBe(200);
    expectOk(await ada.call("DELETE", `/user/${ada.id}`));
    expect((await ownTracks(world, phone, plaza)).status).toBe(401);
    expect(
      searchStore(`${world.directory}/jarvis.db`, [
        phone.id,
        Buffer.from(sha256(phone.token)).toString("latin1"),
      ]),
    ).toEqual([]);
  });

  test("is listed in what can act for a person, and in the export without what opens it", async () => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    const phone = await setUpPhone(ada, { name: "Pixel" });
    const created_ms = world.clock.now();
    const access: Json[] = expectOk(await ada.call("GET", `/user/${ada.id}/access`));
    expect(access.find(({ kind }) => kind === "device")).toEqual({
      id: phone.id,
      kind: "device",
      name: "Pixel",
      created_ms,
      used_ms: null,
    });
    const exported = expectOk(await ada.call("GET", `/user/${ada.id}/export`));
    expect(exported.devices).toEqual([
      {
        id: phone.id,
        name: "Pixel",
        friends: false,
        created_ms,
        used_ms: null,
        app: null,
        problem: null,
        tids: [{ user: ada.id, tid: "AD" }],
      },
    ]);
    expect(JSON.stringify([access, exported])).not.toContain(phone.token);
  });
});
