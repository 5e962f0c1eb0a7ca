import { describe, expect, test } from "bun:test";
import sharp from "sharp";
import { expectOk } from "./support/events.ts";
import {
  type Format,
  filesIn,
  filesOfPhoto,
  gallery,
  picture,
  secrets,
  shown,
  uploaded,
} from "./support/photos.ts";
import { TestSocket } from "./support/socket.ts";

/** The beginnings of everything that a photo may carry beside its pixels. */
const markers = [
  ...Object.values(secrets),
  "Exif",
  "EXIF",
  "GPS",
  "http://ns.adobe.com",
  "xmpmeta",
  "XMP ",
  "Photoshop",
  "8BIM",
  "ICC_PROFILE",
  "iCCP",
  "ICCP",
  "eXIf",
  "iTXt",
  "tEXt",
  "zTXt",
];

function markersIn(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes).toString("latin1");
  return markers.filter((marker) => text.includes(marker));
}

describe("an uploaded photo", () => {
  test.each<Format>(["jpeg", "png", "webp"])(
    "case 99: loses all that its camera wrote into it (%s)",
    async (format) => {
      await using scene = await gallery();
      const { ann, event } = scene;
      const image = await picture(format);
      expect(markersIn(image)).toContain(secrets.exif);
      expect(markersIn(image).length).toBeGreaterThan(2);
      const id = await uploaded(ann, event, image);
      for (const size of ["full", "thumb"]) {
        const { bytes, headers } = await ann.call("GET", `/photos/${id}?size=${size}`);
        expect(markersIn(bytes)).toEqual([]);
        const { exif, xmp, icc, iptc, format: kept } = await sharp(bytes).metadata();
        expect({ exif, xmp, icc, iptc }).toEqual({
          exif: undefined,
          xmp: undefined,
          icc: undefined,
          iptc: undefined,
        });
        expect(kept).toBe(size === "thumb" ? "webp" : format);
        expect(headers.get("content-type")).toBe(`image/${kept}`);
      }
      expect(await filesIn(scene.world)).toEqual(filesOfPhoto(id));
    },
  );

  test("is turned upright, and its colours become sRGB", async () => {
    await using scene = await gallery();
    const { ann, event } = scene;
    // Turned by 90° clockwise when shown: what is red above is red on the right.
    const answer = await ann.call("POST", `/event/${event}/photos`, await picture("png", { orientation: 6 }));
    expect(expectOk(answer, 201)).toMatchObject({ width: 60, height: 40 });
    const { bytes } = await ann.call("GET", `/photos/${answer.response.id}`);
    const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([60, 40]);
    const pixel = (x: number) => [...data.subarray((20 * 60 + x) * info.channels).subarray(0, 3)];
    expect(pixel(5)[2]).toBeGreaterThan(200);
    expect(pixel(55)[0]).toBeGreaterThan(200);
  });

  test("is made smaller where it is too large; its thumbnail is small", async () => {
    await using scene = await gallery();
    const { ann, event } = scene;
    const large = await picture("jpeg", { width: 6_000, height: 1_000 });
    const { id, width, height } = expectOk(await ann.call("POST", `/event/${event}/photos`, large), 201);
    expect([width, height]).toEqual([4_096, 683]);
    const { bytes } = await ann.call("GET", `/photos/${id}?size=thumb`);
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 320, height: 53, format: "webp" });
  });

  test("of many pictures is its first", async () => {
    await using scene = await gallery();
    const { ann, event } = scene;
    const still = (background: string) =>
      sharp({ create: { width: 40, height: 10, channels: 3, background } })
        .png()
        .toBuffer();
    const frames = await sharp([await still("#f00"), await still("#00f")], { join: { animated: true } })
      .webp({ loop: 0, delay: [100, 100] })
      .toBuffer();
    expect((await sharp(frames).metadata()).pages).toBe(2);
    const answer = await ann.call("POST", `/event/${event}/photos`, new Uint8Array(frames), {
      "content-type": "image/webp",
    });
    expect(expectOk(answer, 201)).toMatchObject({ width: 40, height: 10 });
    const { bytes } = await ann.call("GET", `/photos/${answer.response.id}`);
    expect((await sharp(bytes).metadata()).pages ?? 1).toBe(1);
  });

  test("is answered so that no browser runs, guesses, keeps or lends it", async () => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    const id = await uploaded(ann, event);
    const { headers } = await ann.call("GET", `/photos/${id}`);
    const expected = {
      "content-type": "image/jpeg",
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
      "content-disposition": `inline; filename="${id}.jpg"`,
      "cache-control": "no-store",
      "cross-origin-resource-policy": "same-origin",
    };
    expect(Object.fromEntries(headers)).toMatchObject(expected);
    const head = await ann.call("HEAD", `/photos/${id}`);
    expect({ status: head.status, size: head.bytes.length }).toEqual({ status: 200, size: 0 });
    expect(Object.fromEntries(head.headers)).toMatchObject(expected);
    expect(world.logged.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("is shown to a browser that is signed in by a cookie", async () => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    const id = await uploaded(ann, event);
    const cookie = `jarvis=${ann.token}`;
    const answer = await world.call("GET", `/photos/${id}`, undefined, { cookie });
    expect(answer.status).toBe(200);
    const foreign = await world.call("POST", `/event/${event}/photos`, await picture(), {
      cookie,
      origin: "https://elsewhere.example",
    });
    expect(foreign.body["code"]).toBe("forbidden");
  });
});

describe("a message with photos", () => {
  test("has them in answers, pages, entries and replays, and may have no text", async () => {
    await using scene = await gallery();
    const { ann, bob, event, world } = scene;
    await using live = await new TestSocket(world.url).opened();
    live.send({ type: "hello", token: bob.token });
    const { epoch } = await live.next("welcome");
    const ids = [await uploaded(ann, event), await uploaded(ann, event)];
    const photos = ids.map((id) => ({ id, width: 40, height: 60 }));
    expect((await shown(ann, event, ids)).photos).toEqual(photos);
    const entry = await live.next("entry", ({ kind }) => kind === "message");
    expect(entry.data).toMatchObject({ message: { text: "", photos } });
    expect(expectOk(await bob.call("GET", `/chat/${event}/messages`))[0].photos).toEqual(photos);
    expect(expectOk(await bob.call("GET", `/chat/${event}`)).last_message.photos).toEqual(photos);
    await using late = await new TestSocket(world.url).opened();
    late.send({ type: "hello", token: bob.token, epoch, resume: { [`event:${event}`]: 0 } });
    const replayed = await late.next("entry", ({ kind }) => kind === "message");
    expect(replayed.data).toMatchObject({ message: { photos } });
  });

  test("is sent over a socket as over HTTP, and is one however often", async () => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    const [first, second] = [await uploaded(ann, event), await uploaded(ann, event)];
    await using socket = await new TestSocket(world.url).opened();
    socket.send({ type: "hello", token: ann.token });
    await socket.next("welcome");
    const send = { type: "send", chat: event, client_id: "p", text: "", photos: [first] } as const;
    socket.send(send);
    expect((await socket.next("ack")).seq).toBe(1);
    const again = await ann.call("POST", `/chat/${event}/messages`, {
      text: "",
      client_id: "p",
      photos: [first],
    });
    expect(again.status).toBe(200);
    for (const photos of [[second], [first, second], undefined]) {
      const other = await ann.call("POST", `/chat/${event}/messages`, { text: "", client_id: "p", photos });
      expect(other.body["code"]).toBe(photos === undefined ? "invalid_input" : "client_id_reused");
    }
    socket.send({ ...send, client_id: "q", photos: [] });
    expect((await socket.next("error")).code).toBe("invalid_input");
  });

  test("shows the sender's own photos of this event alone, each once, ten at most", async () => {
    await using scene = await gallery();
    const { ann, bob, event, world } = scene;
    const own = await uploaded(ann, event);
    const bobs = await uploaded(bob, event);
    const { id: other } = expectOk(await ann.call("POST", "/event", { name: "Other", duration: 60 }), 201);
    const elsewhere = await uploaded(ann, other);
    const codes = [];
    for (const photos of [[bobs], [elsewhere], [own, own], ["../x"], ["\u0000"], [1], Array(11).fill(own)]) {
      const answer = await ann.call("POST", `/chat/${event}/messages`, { text: "x", client_id: "c", photos });
      codes.push(answer.body["code"]);
    }
    expect(codes.slice(0, 6)).toEqual(Array(6).fill("invalid_input"));
    expect(["limit_exceeded", "invalid_input"]).toContain(String(codes[6]));
    expect(expectOk(await ann.call("GET", `/chat/${event}`)).last_seq).toBe(0);
    expect(world.logged.filter(({ level }) => level === "error")).toEqual([]);
  });
});
