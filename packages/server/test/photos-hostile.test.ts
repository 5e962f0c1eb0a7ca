// Runs alone: how soon a refusal comes is measured.
import { describe, expect, test } from "bun:test";
import { rm, symlink } from "node:fs/promises";
import sharp from "sharp";
import { expectOk } from "./support/events.ts";
import { filesIn, gallery, picture, shown, until, uploaded } from "./support/photos.ts";
import { rawRequest } from "./support/raw-request.ts";
import { RawConnection, statusesIn } from "./support/raw.ts";
import type { Person, World } from "./support/world.ts";

const mebibyte = 1024 * 1024;
const script = "<script>alert(1)</script>";
const text = (content: string) => new TextEncoder().encode(content);

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function head(world: World, person: Person, event: string, framing: string): string {
  return [
    `POST /event/${event}/photos HTTP/1.1`,
    `host: ${new URL(world.url).host}`,
    `authorization: Bearer ${person.token}`,
    "content-type: image/jpeg",
    `${framing}\r\n\r\n`,
  ].join("\r\n");
}

describe("case 99: what is no photo", () => {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`;
  test("is refused, whatever it is called", async () => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    const jpeg = await picture("jpeg");
    const png = await picture("png");
    const gif = new Uint8Array(await sharp(png).gif().toBuffer());
    const tiff = new Uint8Array(await sharp(png).tiff().toBuffer());
    const hostile: Record<string, Uint8Array> = {
      nothing: new Uint8Array(0),
      "one byte": text("\xff"),
      svg: text(svg),
      "svg behind a byte order mark": text(`\ufeff<?xml version="1.0"?>${svg}`),
      html: text(`<!doctype html>${script}`),
      gif,
      tiff,
      pdf: text("%PDF-1.7\n"),
      "svg behind a JPEG's first bytes": joined(new Uint8Array([0xff, 0xd8, 0xff, 0xe0]), text(svg)),
      "svg behind a PNG's first bytes": joined(png.subarray(0, 8), text(svg)),
      "half a JPEG": jpeg.subarray(0, jpeg.length / 2),
      "half a PNG": png.subarray(0, png.length / 2),
      "a PNG with a flipped bit": png.map((byte, index) => (index === png.length - 30 ? byte ^ 1 : byte)),
      zeros: new Uint8Array(1_000),
    };
    for (const [name, image] of Object.entries(hostile)) {
      for (const type of ["image/jpeg", "image/png", "image/webp"]) {
        const answer = await ann.call("POST", `/event/${event}/photos`, image, { "content-type": type });
        expect([name, answer.body["code"]]).toEqual([name, "unsupported_media_type"]);
      }
    }
    for (const type of [
      "image/svg+xml",
      "image/gif",
      "application/json",
      "text/html",
      "multipart/form-data",
      "",
    ]) {
      const answer = await ann.call("POST", `/event/${event}/photos`, png, { "content-type": type });
      expect([type, answer.status]).toEqual([type, 415]);
    }
    expect(await filesIn(world)).toEqual([]);
    const metrics = await (await fetch(`${world.url}/metrics`)).text();
    expect(Number(/^jarvis_photo_failures_total (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
    expect(world.logged.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("does not even reach the process that decodes, where its first bytes tell", async () => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    const gif = new Uint8Array(
      await sharp(await picture("png"))
        .gif()
        .toBuffer(),
    );
    for (const image of [text(svg), gif, text("II*\u0000"), text("%PDF-1.7\n")])
      expect((await ann.call("POST", `/event/${event}/photos`, image)).status).toBe(415);
    expect(world.server.ctx.photos.images.processIds).toEqual([]);
  });

  test("a photo is what its bytes say, and nothing hidden in or behind it stays", async () => {
    await using scene = await gallery();
    const { ann, event } = scene;
    const png = await picture("png");
    const zip = text(`PK\u0003\u0004${script}`);
    const comment = new Uint8Array([0xff, 0xd8, 0xff, 0xfe, 0, script.length + 2]);
    const jpeg = await picture("jpeg");
    const polyglots = [joined(png, text(script), zip), joined(comment, text(script), jpeg.subarray(2))];
    for (const [index, image] of polyglots.entries()) {
      const answer = await ann.call("POST", `/event/${event}/photos`, image, {
        "content-type": "image/webp",
      });
      const { bytes, headers } = await ann.call("GET", `/photos/${expectOk(answer, 201).id}`);
      expect(headers.get("content-type")).toBe(index === 0 ? "image/png" : "image/jpeg");
      const kept = Buffer.from(bytes).toString("latin1");
      expect([kept.includes(script), kept.includes("PK\u0003\u0004")]).toEqual([false, false]);
    }
  });

  test("an image of 100 megapixels is refused within a second, before it is decoded", async () => {
    await using scene = await gallery();
    const { ann, event } = scene;
    const bomb = await sharp({ create: { width: 10_000, height: 10_000, channels: 3, background: "#123" } })
      .png({ compressionLevel: 9 })
      .toBuffer();
    await uploaded(ann, event); // the process that decodes is there
    const begun = performance.now();
    const answer = await ann.call("POST", `/event/${event}/photos`, new Uint8Array(bomb));
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(answer.body).toMatchObject({
      code: "limit_exceeded",
      detail: "An image has at most 50 megapixels",
    });
  });
});

describe("case 99: what is too large", () => {
  test.each([
    ["said to be", `content-length: ${10 * mebibyte + 1}`, 0],
    ["in chunks, not said to be", "transfer-encoding: chunked", 11],
    ["said to be far", `content-length: ${500 * mebibyte}`, 0],
  ])("is refused within a second: %s", async (_, framing, mebibytes) => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    const begun = performance.now();
    using connection = new RawConnection(world.url);
    connection.send(head(world, ann, event, framing));
    const chunk = joined(text(`${mebibyte.toString(16)}\r\n`), new Uint8Array(mebibyte), text("\r\n"));
    for (let sent = 0; sent < mebibytes; sent++) connection.send(chunk);
    expect(await connection.until(({ text: got }) => got.startsWith("HTTP/1.1 413"))).toBe(true);
    expect(performance.now() - begun).toBeLessThan(1_000);
    await until(async () => (await filesIn(world).catch(() => [])).length === 0);
  });

  test("as JSON it still is from 64 KiB on", async () => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    const body = JSON.stringify({ text: "x".repeat(2 * mebibyte), client_id: "1" });
    expect((await ann.call("POST", `/chat/${event}/messages`, body)).status).toBe(413);
    using connection = new RawConnection(world.url);
    connection.send(
      head(world, ann, event, "transfer-encoding: chunked")
        .replace(`/event/${event}/photos`, `/chat/${event}/messages`)
        .replace("image/jpeg", "application/json"),
    );
    const chunk = `10000\r\n${" ".repeat(65_536)}\r\n`;
    connection.send(chunk).send(chunk);
    expect(await connection.until(({ text: got }) => got.startsWith("HTTP/1.1 413"))).toBe(true);
  });
});

test("who is refused while they send gets the answer, and their connection stays good", async () => {
  await using scene = await gallery();
  const { ann, eve, event, world } = scene;
  const image = new Uint8Array(9 * mebibyte);
  for (let round = 0; round < 5; round++) {
    using connection = new RawConnection(world.url);
    connection.send(head(world, eve, event, `content-length: ${image.length}`)).send(image);
    connection.send(`GET /health HTTP/1.1\r\nhost: ${new URL(world.url).host}\r\n\r\n`);
    await connection.until(({ text: got }) => statusesIn(got).length === 2);
    expect(statusesIn(connection.text)).toEqual([404, 200]);
  }
  const json = JSON.stringify({ text: "x".repeat(900_000), client_id: "1" });
  expect((await ann.call("POST", `/chat/${event}/messages`, json)).status).toBe(413);
});

test("who may not upload is told so before a byte of the body is read", async () => {
  await using scene = await gallery();
  const { eve, event, world } = scene;
  for (const [person, status] of [
    [eve, "404"],
    [{ ...eve, token: "nobody" }, "401"],
  ] as const) {
    using connection = new RawConnection(world.url);
    connection.send(head(world, person, event, `content-length: ${9 * mebibyte}`));
    expect(await connection.until(({ text: got }) => got.startsWith(`HTTP/1.1 ${status}`))).toBe(true);
  }
  expect(await filesIn(world).catch(() => [])).toEqual([]);
});

describe("a body that does not come", () => {
  test("holds its place for ten seconds, and leaves nothing", async () => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    const request = await rawRequest(world.url, `${head(world, ann, event, "content-length: 100000")}abc`);
    const source = async () => `${world.directory}/photos/.work/${(await filesIn(world).catch(() => []))[0]}`;
    await until(async () => Bun.file(await source()).size === 3); // what has come is in the file
    world.clock.advance(10_000);
    const answer = await request.answer;
    expect(answer).toStartWith("HTTP/1.1 400");
    expect(answer).toContain("too slowly");
    expect(await filesIn(world)).toEqual([]);
  });

  test("of a client that goes away leaves nothing", async () => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    const request = await rawRequest(world.url, `${head(world, ann, event, "content-length: 100000")}abc`);
    await until(async () => (await filesIn(world).catch(() => [])).length === 1);
    request.drop();
    await until(async () => (await filesIn(world)).length === 0);
    expect(world.logged.filter(({ level }) => level === "error")).toEqual([]);
    await uploaded(ann, event);
  });

  test("case 36: comes with a token that is dead by then: nothing is stored", async () => {
    await using scene = await gallery();
    const { bob, event, world } = scene;
    const image = await picture();
    using connection = new RawConnection(world.url);
    connection.send(head(world, bob, event, `content-length: ${image.length}`)).send(image.subarray(0, 50));
    await until(async () => (await filesIn(world).catch(() => [])).length === 1);
    expectOk(await bob.call("PUT", `/user/${bob.id}/logout`));
    connection.send(image.subarray(50));
    expect(await connection.until(({ text: got }) => got.startsWith("HTTP/1.1 401"))).toBe(true);
    expect(await filesIn(world)).toEqual([]);
  });
});

describe("case 99: names", () => {
  test("of photos lead nowhere but to photos", async () => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    const id = await uploaded(ann, event);
    const names = [
      "../jarvis.db",
      "..%2fjarvis.db",
      "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
      "%2fetc%2fpasswd",
      "C:%5Cwindows%5Cwin.ini",
      `${id}%00.jpg`,
      `${id}.thumb`,
      `${id}%2f..%2f${id}`,
      `.work%2f${id}`,
      id.toUpperCase(),
      "x".repeat(256),
      "ä".repeat(256),
      "con",
      "",
    ];
    for (const name of names) {
      const { status } = await ann.call("GET", `/photos/${name}`);
      expect([name, status]).toEqual([name, 404]);
    }
    expect((await ann.call("GET", `/photos/${id}?size=..%2f..`)).status).toBe(400);
    expect(world.logged.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("of links in the folder are not followed", async () => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    const id = await uploaded(ann, event);
    await shown(ann, event, [id]);
    const path = `${world.directory}/photos/${id}`;
    await rm(path);
    await symlink(`${world.directory}/jarvis.db`, path);
    expect((await ann.call("GET", `/photos/${id}`)).status).toBe(404);
  });

  test("that are not the server's are refused by the folder itself", async () => {
    await using scene = await gallery();
    const { blobs } = scene.world.server.ctx.photos;
    for (const name of ["../x", "/etc/passwd", "a", "a\u0000", `${crypto.randomUUID()}.jpg`, ""]) {
      expect(() => blobs.open(name)).toThrow("not the name of a file");
      expect(blobs.delete(name)).rejects.toThrow("not the name of a file");
      expect(blobs.put(name, "/etc/passwd")).rejects.toThrow("not the name of a file");
    }
  });
});
