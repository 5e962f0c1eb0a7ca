import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { expectOk } from "./support/events.ts";
import { filesIn, type Gallery, gallery, picture, until, uploaded } from "./support/photos.ts";

function imagesOf({ world }: Gallery) {
  return world.server.ctx.photos.images;
}

/** Begins an upload and stops the process that is to decode it, so that it is in the middle for as long as the test likes. */
async function stuckUpload(scene: Gallery) {
  const images = imagesOf(scene);
  const answer = scene.ann.call("POST", `/event/${scene.event}/photos`, await picture());
  await until(() => images.processIds.length > 0);
  const [pid = 0] = images.processIds;
  process.kill(pid, "SIGSTOP");
  return { answer, pid };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("decoding", () => {
  test("is done by nobody until there is a photo, by two at most, and by nobody a minute after", async () => {
    await using scene = await gallery();
    const { ann, bob, event, world } = scene;
    const images = imagesOf(scene);
    expect(images.processIds).toEqual([]);
    const image = await picture("png", { width: 800, height: 800 });
    let most = 0;
    const uploads = [ann, bob, ann, bob, ann, bob].map((person) => uploaded(person, event, image));
    const all = Promise.all(uploads);
    let over = false;
    void all.finally(() => (over = true));
    await until(() => {
      most = Math.max(most, images.processIds.length);
      return over;
    });
    expect(new Set(await all).size).toBe(6);
    expect(most).toBe(2);
    const pids = images.processIds;
    world.clock.advance(59_000);
    expect(images.processIds).toEqual(pids);
    world.clock.advance(1_000);
    await until(() => images.processIds.length === 0);
    expect(pids.filter(isAlive)).toEqual([]);
    await uploaded(ann, event);
  });

  test("a process that is killed in the middle costs its photo alone", async () => {
    await using scene = await gallery();
    const { answer, pid } = await stuckUpload(scene);
    process.kill(pid, "SIGKILL");
    const failed = await answer;
    expect(failed.body).toMatchObject({
      code: "unavailable",
      detail: "The image could not be processed: try again",
    });
    expect(failed.headers.get("retry-after")).toBe("1");
    expect(await filesIn(scene.world)).toEqual([]);
    expect(imagesOf(scene).failures).toBe(1);
    await uploaded(scene.ann, scene.event);
    expect(scene.world.logged.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("one that takes longer than ten seconds is ended", async () => {
    await using scene = await gallery();
    const { answer, pid } = await stuckUpload(scene);
    scene.world.clock.advance(10_000);
    expect((await answer).body).toMatchObject({
      code: "unsupported_media_type",
      detail: "The image takes too long to decode",
    });
    await until(() => !isAlive(pid));
    await uploaded(scene.ann, scene.event);
  });

  test("knows nothing of the server's secrets", async () => {
    await using scene = await gallery();
    process.env["PHOTO_TEST_SECRET"] = "s3cr3t";
    await uploaded(scene.ann, scene.event);
    const [pid = 0] = imagesOf(scene).processIds;
    expect(readFileSync(`/proc/${pid}/environ`, "utf8")).not.toContain("s3cr3t");
    delete process.env["PHOTO_TEST_SECRET"];
  });

  test("ends with the server", async () => {
    const scene = await gallery();
    await uploaded(scene.ann, scene.event);
    const pids = imagesOf(scene).processIds;
    expect(pids).toHaveLength(1);
    await scene[Symbol.asyncDispose]();
    expect(pids.filter(isAlive)).toEqual([]);
  });
});

test("a person has four uploads under way at most; the fifth is asked to come again", async () => {
  await using scene = await gallery();
  const { ann, bob, event } = scene;
  const images = imagesOf(scene);
  const image = await picture();
  const { answer, pid } = await stuckUpload(scene);
  const more = [1, 2, 3].map(() => ann.call("POST", `/event/${event}/photos`, image));
  await until(() => images.processIds.length === 2);
  for (const each of images.processIds) if (each !== pid) process.kill(each, "SIGSTOP");
  await until(
    async () => (await filesIn(scene.world)).filter((name) => name.endsWith(".source")).length === 4,
  );
  const fifth = await ann.call("POST", `/event/${event}/photos`, image);
  expect([fifth.body["code"], fifth.headers.get("retry-after")]).toEqual(["unavailable", "5"]);
  const bobs = bob.call("POST", `/event/${event}/photos`, image);
  for (const each of images.processIds) process.kill(each, "SIGCONT");
  for (const each of [await answer, ...(await Promise.all(more)), await bobs]) expectOk(each, 201);
});
