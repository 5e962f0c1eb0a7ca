import { describe, expect, test } from "bun:test";
import { mkdir, readdir, rm } from "node:fs/promises";
import type { PhotoId } from "@jarvis/contract";
import { runHousekeeping } from "../src/housekeeping.ts";
import { type Blobs, BlobsUnavailable } from "../src/lib/blobs.ts";
import { clearWork } from "../src/photos/sweep.ts";
import { directoryBlobs } from "../src/lib/directory-blobs.ts";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { day, expectOk } from "./support/events.ts";
import { filesIn, filesOfPhoto, gallery, picture, shown, uploaded } from "./support/photos.ts";
import { until } from "./support/nodes/until.ts";
import type { World } from "./support/world.ts";

const hour = 60 * 60_000;

function photosIn(world: World) {
  return world.server.ctx.db.read.selectFrom("photo").select("id").orderBy("id").execute();
}

describe("a photo in two messages", () => {
  test("stays with the one when the other is deleted, and goes with the last", async () => {
    await using scene = await gallery();
    const { ann, bob, event, world } = scene;
    const [id, other] = [await uploaded(ann, event), await uploaded(ann, event)];
    const first = await shown(ann, event, [id]);
    const second = await shown(ann, event, [other, id], "again");
    const deleted = expectOk(await ann.call("DELETE", `/chat/${event}/messages/${first.seq}`));
    expect(deleted).toMatchObject({ deleted: true, text: "" });
    expect(deleted.photos).toBeUndefined();
    expect((await bob.call("GET", `/photos/${id}`)).status).toBe(200);
    expect(await filesIn(world)).toEqual(filesOfPhoto(id, other));
    expectOk(await ann.call("DELETE", `/chat/${event}/messages/${second.seq}`));
    expect(await filesIn(world)).toEqual([]);
    for (const person of [ann, bob]) expect((await person.call("GET", `/photos/${id}`)).status).toBe(404);
    expect(await photosIn(world)).toEqual([]);
    expect(
      expectOk(await bob.call("GET", `/chat/${event}/messages`)).map(({ photos }: never) => photos),
    ).toEqual([undefined, undefined]);
  });

  test("is either in the message or gone, when one is deleted while another is sent", async () => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    const image = await picture();
    const outcomes = new Set<string>();
    for (let round = 0; round < 12; round++) {
      const id = await uploaded(ann, event, image);
      const { seq } = await shown(ann, event, [id]);
      const body = { text: "", client_id: `race-${round}`, photos: [id] };
      const send = () => ann.call("POST", `/chat/${event}/messages`, body);
      const remove = () => ann.call("DELETE", `/chat/${event}/messages/${seq}`);
      const calls = round % 2 === 0 ? [send(), remove()] : [remove(), send()];
      const answers = await Promise.all(calls);
      const sent = answers[round % 2 === 0 ? 0 : 1];
      const files = (await filesIn(world)).filter((name) => name.startsWith(id));
      const isShown = sent?.status === 201;
      outcomes.add(isShown ? "shown" : String(sent?.body["code"]));
      expect(files).toEqual(isShown ? filesOfPhoto(id) : []);
      expect((await ann.call("GET", `/photos/${id}`)).status).toBe(isShown ? 200 : 404);
    }
    expect([...outcomes].toSorted()).toEqual(["invalid_input", "shown"]);
  });
});

describe("who may see a photo", () => {
  test("is its uploader, and whoever may read a message that shows it", async () => {
    await using scene = await gallery();
    const { ann, bob, eve, event } = scene;
    const id = await uploaded(bob, event);
    const statuses = async () => {
      const answers = await Promise.all([ann, bob, eve].map((person) => person.call("GET", `/photos/${id}`)));
      return answers.map(({ status }) => status);
    };
    expect(await statuses()).toEqual([404, 200, 404]);
    await shown(bob, event, [id]);
    expect(await statuses()).toEqual([200, 200, 404]);
    expectOk(await ann.call("POST", `/event/${event}/people`, { people: [eve.id] }));
    expect(await statuses()).toEqual([200, 200, 200]);
    expectOk(await eve.call("PUT", `/event/${event}/rsvp`, { status: "declined" }));
    expect(await statuses()).toEqual([200, 200, 404]);
  });

  test("is nobody who was removed when it was shown, and came back", async () => {
    await using scene = await gallery();
    const { ann, bob, event } = scene;
    expectOk(await ann.call("DELETE", `/event/${event}/people/${bob.id}`));
    const id = await uploaded(ann, event);
    await shown(ann, event, [id]);
    expectOk(await ann.call("POST", `/event/${event}/people`, { people: [bob.id] }));
    expectOk(await bob.call("GET", `/chat/${event}`));
    expect((await bob.call("GET", `/photos/${id}`)).status).toBe(404);
    await shown(ann, event, [id], "once more");
    expect((await bob.call("GET", `/photos/${id}`)).status).toBe(200);
  });
});

describe("afterwards", () => {
  test("a photo that no message shows is gone a day after its upload", async () => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    const [unused, used] = [await uploaded(ann, event), await uploaded(ann, event)];
    await shown(ann, event, [used]);
    world.clock.advance(day - 1);
    await runHousekeeping(world.server.ctx);
    expect(await filesIn(world)).toEqual(filesOfPhoto(unused, used));
    world.clock.advance(2);
    await runHousekeeping(world.server.ctx);
    expect(await filesIn(world)).toEqual(filesOfPhoto(used));
    expect(await photosIn(world)).toEqual([{ id: used as PhotoId }]);
  });

  test("an erased account takes its photos along; the messages stay, and others' photos", async () => {
    await using scene = await gallery();
    const { ann, bob, event, world } = scene;
    const [anns, bobs] = [await uploaded(ann, event), await uploaded(bob, event)];
    await shown(ann, event, [anns], "mine");
    await shown(bob, event, [bobs], "his");
    const exported = expectOk(await bob.call("GET", `/user/${bob.id}/export`));
    expect(exported.photos).toMatchObject([{ id: bobs, event, type: "image/jpeg", width: 40, height: 60 }]);
    expectOk(await bob.call("DELETE", `/user/${bob.id}`));
    expect(await filesIn(world)).toEqual(filesOfPhoto(anns));
    const messages = expectOk(await ann.call("GET", `/chat/${event}/messages`));
    expect(messages).toMatchObject([
      { text: "mine", photos: [{ id: anns }] },
      { text: "his", author: null },
    ]);
    expect(messages[1].photos).toBeUndefined();
    expect((await ann.call("GET", `/photos/${bobs}`)).status).toBe(404);
  });

  test("an event that nobody is left to read takes its photos along", async () => {
    await using scene = await gallery();
    const { ann, bob, event, world } = scene;
    await shown(ann, event, [await uploaded(ann, event)]);
    expectOk(await ann.call("DELETE", `/event/${event}/people/${bob.id}`));
    expectOk(await ann.call("DELETE", `/user/${ann.id}`));
    expect(await filesIn(world)).toEqual([]);
    const left = await world.server.ctx.db.read.selectFrom("message_photo").selectAll().execute();
    expect([await photosIn(world), left]).toEqual([[], []]);
  });
});

/** A place for files that fails when told to. */
function faultyBlobs(folder: string) {
  const real = directoryBlobs(folder);
  const faults = { put: 0, delete: 0 };
  const fired = { put: 0, delete: 0 };
  function fail(what: "put" | "delete"): void {
    if (faults[what] === 0) return;
    faults[what]--;
    fired[what]++;
    throw new BlobsUnavailable(new Error("injected"));
  }
  const blobs: Blobs = {
    ...real,
    async put(name, path) {
      await real.put(name, path);
      fail("put"); // the bytes are there, and the answer was lost
    },
    async delete(name) {
      fail("delete");
      await real.delete(name);
    },
  };
  return { blobs, faults, fired };
}

describe("what fails between rows and files leaves nothing for ever", () => {
  test("bytes without a row are swept after an hour, not before", async () => {
    const folder = await mkdtemp(join(tmpdir(), "jarvis-test-"));
    const { blobs, faults, fired } = faultyBlobs(join(folder, "photos"));
    await using scene = await gallery({ directory: folder, overrides: { blobs } });
    const { ann, event, world } = scene;
    faults.put = 1;
    const failed = await ann.call("POST", `/event/${event}/photos`, await picture());
    expect(failed.body["code"]).toBe("unavailable");
    expect(failed.headers.get("retry-after")).toBe("5");
    expect(fired.put).toBe(1);
    expect(await filesIn(world)).toHaveLength(1); // as a crash would leave it: bytes, and no row
    const kept = await uploaded(ann, event);
    await shown(ann, event, [kept]);
    world.clock.advance(hour - 1);
    await runHousekeeping(world.server.ctx);
    expect(await filesIn(world)).toHaveLength(3);
    world.clock.advance(2);
    await runHousekeeping(world.server.ctx);
    expect(await filesIn(world)).toEqual(filesOfPhoto(kept));
  });

  test("a deletion that failed is made up for", async () => {
    const folder = await mkdtemp(join(tmpdir(), "jarvis-test-"));
    const { blobs, faults, fired } = faultyBlobs(join(folder, "photos"));
    await using scene = await gallery({ directory: folder, overrides: { blobs } });
    const { ann, event, world } = scene;
    const id = await uploaded(ann, event);
    const { seq } = await shown(ann, event, [id]);
    faults.delete = 2;
    expectOk(await ann.call("DELETE", `/chat/${event}/messages/${seq}`));
    expect(fired.delete).toBe(2);
    expect((await ann.call("GET", `/photos/${id}`)).status).toBe(404);
    expect(await filesIn(world)).toEqual(filesOfPhoto(id));
    world.clock.advance(hour + 1);
    await runHousekeeping(world.server.ctx);
    expect(await filesIn(world)).toEqual([]);
  });

  test("what a crash has left is gone at a start, and within two hours where other servers share the folder", async () => {
    await using scene = await gallery();
    const { photos, clock } = scene.world.server.ctx;
    const { workFolder } = photos.blobs;
    await mkdir(workFolder, { recursive: true });
    const [old, young] = [hour + 1, 60_000].map((ago) => Bun.randomUUIDv7("hex", clock.now() - ago));
    for (const id of [old, young])
      await Bun.write(join(workFolder, `${id}.jpeg`), "with all its camera wrote");
    clearWork({ photos, clock, db: { isShared: true } });
    expect(await readdir(workFolder)).toEqual([`${young}.jpeg`]); // it may be on its way at another server
    scene.world.clock.advance(hour);
    await until(async () => (await readdir(workFolder)).length === 0);
    await Bun.write(join(workFolder, `${young}.jpeg`), "with all its camera wrote");
    clearWork({ photos, clock, db: { isShared: false } });
    expect(await readdir(dirname(workFolder))).not.toContain(".work");
  });

  test("a folder for photos on their way that is gone is made again for the next one", async () => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    await uploaded(ann, event);
    await rm(world.server.ctx.photos.blobs.workFolder, { recursive: true });
    await uploaded(ann, event);
    expect(await filesIn(world)).toHaveLength(4);
  });

  test("a unit that is refused after the bytes were stored leaves no bytes", async () => {
    await using scene = await gallery();
    const { ann, bob, event, world } = scene;
    const { blobs } = world.server.ctx.photos;
    const put = blobs.put.bind(blobs);
    const removals: number[] = [];
    // Bob is removed in the moment between the bytes and the row.
    Object.assign(blobs, {
      async put(name: string, path: string) {
        await put(name, path);
        if (name.endsWith(".thumb")) return;
        removals.push((await ann.call("DELETE", `/event/${event}/people/${bob.id}`)).status);
      },
    });
    const answer = await bob.call("POST", `/event/${event}/photos`, await picture());
    expect(removals).toEqual([200]);
    expect(answer.body["code"]).toBe("not_found");
    await world.server.ctx.photos.deletions.settled();
    expect(await filesIn(world)).toEqual([]);
  });

  test("a row whose file was lost answers as if there were none, and is deleted as any other", async () => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    const id = await uploaded(ann, event);
    const { seq } = await shown(ann, event, [id]);
    await rm(`${world.directory}/photos/${id}`);
    expect((await ann.call("GET", `/photos/${id}`)).body["code"]).toBe("not_found");
    expectOk(await ann.call("DELETE", `/chat/${event}/messages/${seq}`));
    expect(await filesIn(world)).toEqual([]);
    expect(world.logged.filter(({ level }) => level === "error")).toEqual([]);
  });
});

test("an event has a thousand photos at most, also when they are uploaded at once", async () => {
  await using scene = await gallery();
  const { ann, bob, event, world } = scene;
  const row = {
    event_id: event as never,
    uploader_id: ann.id,
    type: "image/png" as const,
    width: 1,
    height: 1,
  };
  await world.server.ctx.db.write(async (tx) => {
    for (let n = 0; n < 999; n++)
      await tx.sql
        .insertInto("photo")
        .values({
          ...row,
          id: world.server.ctx.random.id() as PhotoId,
          bytes: 1,
          shown: 0,
          created_ms: world.clock.now(),
        })
        .execute();
  });
  const image = await picture();
  const people = [ann, bob, ann, bob];
  const answers = await Promise.all(
    people.map((person) => person.call("POST", `/event/${event}/photos`, image)),
  );
  expect(answers.map(({ body, status }) => body["code"] ?? status).toSorted()).toEqual([
    201,
    "limit_exceeded",
    "limit_exceeded",
    "limit_exceeded",
  ]);
  await world.server.ctx.photos.deletions.settled();
  expect(await filesIn(world)).toHaveLength(2);
});
