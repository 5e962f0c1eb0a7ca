import { describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { loadConfig } from "../src/config.ts";
import { runHousekeeping } from "../src/housekeeping.ts";
import { expectOk } from "./support/events.ts";
import { filesOfPhoto, type Gallery, gallery, picture, shown, uploaded } from "./support/photos.ts";
import { type Bucket, s3Keys, startBucket } from "./support/s3.ts";

const minute = 60_000;
const hour = 60 * minute;

async function withBucket(): Promise<{ bucket: Bucket; scene: Gallery } & AsyncDisposable> {
  const bucket = startBucket("album");
  const scene = await gallery({
    env: {
      JARVIS_PHOTOS: "s3://album/jarvis/photos/",
      JARVIS_S3_ENDPOINT: bucket.url,
      JARVIS_S3_REGION: "eu-central-1",
      JARVIS_S3_ACCESS_KEY_ID: s3Keys.id,
      JARVIS_S3_SECRET_ACCESS_KEY: s3Keys.secret,
    },
  });
  return {
    bucket,
    scene,
    async [Symbol.asyncDispose]() {
      await scene[Symbol.asyncDispose]();
      await bucket[Symbol.asyncDispose]();
    },
  };
}

function keysOf(...ids: string[]): string[] {
  return filesOfPhoto(...ids).map((name) => `jarvis/photos/${name}`);
}

test("photos in a bucket are put, shown and deleted by signed calls, and nothing stays here", async () => {
  await using both = await withBucket();
  const { bucket, scene } = both;
  const { ann, bob, event, world } = scene;
  expect(bucket.requests).toEqual([]); // nothing is asked before there is a photo
  const id = await uploaded(ann, event);
  const { seq } = await shown(ann, event, [id]);
  expect([...bucket.objects.keys()].toSorted()).toEqual(keysOf(id));
  const { bytes, headers } = await bob.call("GET", `/photos/${id}`);
  expect(Buffer.from(bytes).equals(bucket.objects.get(`jarvis/photos/${id}`) ?? Buffer.of())).toBe(true);
  expect(headers.get("content-type")).toBe("image/jpeg");
  expect((await bob.call("HEAD", `/photos/${id}?size=thumb`)).status).toBe(200);
  expect(await readdir(`${world.directory}/photos/.work`)).toEqual([]);
  expectOk(await ann.call("DELETE", `/chat/${event}/messages/${seq}`));
  expect(bucket.objects.size).toBe(0);
  expect(new Set(bucket.requests.map(({ method }) => method))).toEqual(
    new Set(["PUT", "HEAD", "GET", "DELETE"]),
  );
  expect(bucket.requests.filter(({ signed }) => !signed)).toEqual([]);
  expect(JSON.stringify([bucket.requests, world.logged])).not.toContain(s3Keys.secret);
});

test("a bucket that does not answer refuses uploads for a while, and the sweep finds what is left", async () => {
  await using both = await withBucket();
  const { bucket, scene } = both;
  const { ann, event, world } = scene;
  const kept = [await uploaded(ann, event), await uploaded(ann, event)];
  await shown(ann, event, kept);
  bucket.fail("PUT", 20);
  const refused = await ann.call("POST", `/event/${event}/photos`, await picture());
  expect([refused.body["code"], refused.headers.get("retry-after")]).toEqual(["unavailable", "5"]);
  bucket.fail("PUT", 0);
  const gone = await uploaded(ann, event);
  const { seq } = await shown(ann, event, [gone]);
  bucket.fail("DELETE", 100);
  expectOk(await ann.call("DELETE", `/chat/${event}/messages/${seq}`));
  bucket.fail("DELETE", 0);
  expect([...bucket.objects.keys()].toSorted()).toEqual(keysOf(...kept, gone));
  bucket.objects.set("jarvis/photos/somebody-elses.txt", new Uint8Array(1));
  bucket.objects.set("jarvis/other", new Uint8Array(1));
  bucket.fail("HEAD", 100);
  expect((await ann.call("GET", `/photos/${kept[0]}`)).body["code"]).toBe("unavailable");
  bucket.fail("HEAD", 0);
  world.clock.advance(60 * 60_000 + 1);
  await runHousekeeping(world.server.ctx);
  const left = [...bucket.objects.keys()].toSorted();
  expect(left).toEqual([...keysOf(...kept), "jarvis/other", "jarvis/photos/somebody-elses.txt"].toSorted());
  for (const id of kept) expect((await ann.call("GET", `/photos/${id}`)).status).toBe(200);
});

describe("in a container with a role", () => {
  /** The place where a container asks for its role's keys; each answer has others, which hold for an hour. */
  function roleEndpoint(nowMs: () => number) {
    const issued: { id: string; token: string }[] = [];
    const state = { isDown: false };
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch() {
        if (state.isDown) return new Response("no", { status: 500 });
        const keys = { id: `ASIAROLE${issued.length}`, token: `session-${issued.length}` };
        issued.push(keys);
        return Response.json({
          AccessKeyId: keys.id,
          SecretAccessKey: "role-secret",
          Token: keys.token,
          Expiration: new Date(nowMs() + hour).toISOString(),
        });
      },
    });
    const end = { [Symbol.asyncDispose]: () => server.stop(true) };
    return Object.assign(end, { issued, state, url: `${server.url.origin}/credentials` });
  }

  test("photos are signed with the role's keys, which are asked for again before they end", async () => {
    await using bucket = startBucket("album");
    let nowMs = 0;
    await using role = roleEndpoint(() => nowMs);
    await using scene = await gallery({
      env: {
        JARVIS_PHOTOS: "s3://album",
        JARVIS_S3_ENDPOINT: bucket.url,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: role.url,
      },
    });
    const { ann, event, world } = scene;
    nowMs = world.clock.now();
    bucket.accept({ id: "ASIAROLE0", token: "session-0" });
    const image = await picture();
    await Promise.all([uploaded(ann, event, image), uploaded(ann, event, image)]);
    expect(role.issued).toHaveLength(1); // whoever came meanwhile waited for the same answer
    world.clock.advance(hour - 6 * minute);
    await uploaded(ann, event, image);
    expect(role.issued).toHaveLength(1);
    world.clock.advance(2 * minute);
    nowMs = world.clock.now();
    role.state.isDown = true; // those at hand are good for four minutes more
    await uploaded(ann, event, image);
    role.state.isDown = false;
    bucket.accept({ id: "ASIAROLE1", token: "session-1" });
    await uploaded(ann, event, image);
    expect(role.issued).toHaveLength(2);
    expect(bucket.requests.filter(({ signed }) => !signed)).toEqual([]);
    role.state.isDown = true;
    world.clock.advance(2 * hour);
    const refused = await ann.call("POST", `/event/${event}/photos`, image, { "content-type": "image/jpeg" });
    expect([refused.status, refused.body["code"]]).toEqual([503, "unavailable"]);
    expect(JSON.stringify([bucket.requests, world.logged])).not.toMatch(/role-secret|session-\d/);
  }, 30_000);

  test("half a pair of keys, and none without a role, are refused at the start", () => {
    const env = { JARVIS_PHOTOS: "s3://album", AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/credentials/1" };
    expect(loadConfig(env).photos).toMatchObject({
      credentials: { kind: "role", relativeUri: "/v2/credentials/1" },
    });
    expect(() => loadConfig({ ...env, JARVIS_S3_ACCESS_KEY_ID: "AKIA" })).toThrow(
      "JARVIS_S3_SECRET_ACCESS_KEY",
    );
    expect(() => loadConfig({ JARVIS_PHOTOS: "s3://album" })).toThrow("JARVIS_S3_ACCESS_KEY_ID");
  });
});
