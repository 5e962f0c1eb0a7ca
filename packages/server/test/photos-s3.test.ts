import { expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { runHousekeeping } from "../src/housekeeping.ts";
import { expectOk } from "./support/events.ts";
import { filesOfPhoto, type Gallery, gallery, picture, shown, uploaded } from "./support/photos.ts";
import { type Bucket, s3Keys, startBucket } from "./support/s3.ts";

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
