import { Database as SqliteFile } from "bun:sqlite";
import { expect, test } from "bun:test";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import type { Database } from "../src/db/database.ts";
import { runHousekeeping } from "../src/housekeeping.ts";
import { backUpWithPhotos } from "../src/photos/backup.ts";
import { expectOk } from "./support/events.ts";
import { filesIn, filesOfPhoto, gallery, picture, shown, until, uploaded } from "./support/photos.ts";
import { processEnv, runJarvis } from "./support/server-process.ts";
import { s3Keys, startBucket } from "./support/s3.ts";
import type { World } from "./support/world.ts";

/** Commands are processes of their own: on a busy machine they take their time. */
const limitMs = 30_000;

function photosIn(path: string): string[] {
  using file = new SqliteFile(path, { readonly: true });
  return file
    .query<{ id: string }, []>("select id from photo")
    .all()
    .map(({ id }) => id);
}

function jarvis(world: World, ...args: string[]) {
  return runJarvis(args, processEnv(world.directory));
}

test(
  "a backup has the files of exactly its photos, while photos come and go",
  async () => {
    await using scene = await gallery();
    const { ann, bob, event, world } = scene;
    const image = await picture();
    const stopping = new AbortController();
    let deleted = 0;
    const busy = [ann, bob].map(async (person) => {
      while (!stopping.signal.aborted) {
        const id = await uploaded(person, event, image);
        const { seq } = await shown(person, event, [id]);
        if (Math.random() < 0.3) continue;
        expectOk(await person.call("DELETE", `/chat/${event}/messages/${seq}`));
        deleted++;
      }
    });
    for (let round = 1; round <= 4; round++) {
      const copy = `${world.directory}/copy-${round}.db`;
      const before = deleted;
      const { code, stdout } = await jarvis(world, "backup", copy);
      const ids = photosIn(copy);
      expect(code).toBe(0);
      expect(stdout).toMatch(
        ids.length > 0 ? new RegExp(`checked\\), and ${ids.length} photos to ${copy}.photos`) : /checked\)$/m,
      );
      const files = existsSync(`${copy}.photos`) ? readdirSync(`${copy}.photos`) : [];
      expect(files.toSorted()).toEqual(filesOfPhoto(...ids));
      for (const name of files) expect(statSync(`${copy}.photos/${name}`).size).toBeGreaterThan(0);
      await until(() => deleted > before);
    }
    stopping.abort();
    await Promise.all(busy);
    expect(deleted).toBeGreaterThan(4);
    expect(readdirSync(world.directory).filter((name) => name.includes("partial"))).toEqual([]);
    // What was deleted while a backup was made is gone by now too.
    const rows = await world.server.ctx.db.read.selectFrom("photo").select("id").execute();
    await world.server.ctx.photos.deletions.settled();
    expect(await filesIn(world)).toEqual(filesOfPhoto(...rows.map(({ id }) => id)));
  },
  limitMs,
);

test(
  "a photo that is deleted between the copy of the database and that of the files is in the backup whole",
  async () => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    const { db, photos } = world.server.ctx;
    const id = await uploaded(ann, event);
    const { seq } = await shown(ann, event, [id]);
    const deletedMeanwhile: Database = {
      ...db,
      backUp: (file, beside) =>
        db.backUp(file, async (copy, target) => {
          expectOk(await ann.call("DELETE", `/chat/${event}/messages/${seq}`));
          await beside?.(copy, target);
        }),
    };
    const copy = `${world.directory}/copy.db`;
    await backUpWithPhotos(deletedMeanwhile, photos, copy);
    expect(photosIn(copy)).toEqual([id]);
    expect(readdirSync(`${copy}.photos`).toSorted()).toEqual(filesOfPhoto(id));
    await photos.deletions.settled();
    expect(await filesIn(world)).toEqual([]);
  },
  limitMs,
);

test(
  "a backup links its files, so that it costs no space, and deleting a photo leaves the backup's",
  async () => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    const id = await uploaded(ann, event);
    const { seq } = await shown(ann, event, [id]);
    const copy = `${world.directory}/copy.db`;
    expect((await jarvis(world, "backup", copy)).code).toBe(0);
    expect(statSync(`${copy}.photos/${id}`).nlink).toBe(2);
    expect(statSync(`${copy}.photos`).mode & 0o777).toBe(0o700);
    const again = await jarvis(world, "backup", copy);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("overwrites nothing")]);
    expectOk(await ann.call("DELETE", `/chat/${event}/messages/${seq}`));
    expect(await filesIn(world)).toEqual([]);
    expect(readdirSync(`${copy}.photos`).toSorted()).toEqual(filesOfPhoto(id));
  },
  limitMs,
);

test(
  "case 101: backup, loss, restore: the photos are back, and those since are kept aside",
  async () => {
    await using scene = await gallery();
    const { ann, bob, event, world } = scene;
    const [kept, later] = [await uploaded(ann, event), await uploaded(bob, event)];
    const first = await shown(ann, event, [kept]);
    await shown(bob, event, [later]);
    const { bytes } = await ann.call("GET", `/photos/${kept}`);
    const copy = `${world.directory}/copy.db`;
    expect((await jarvis(world, "backup", copy)).code).toBe(0);
    expectOk(await ann.call("DELETE", `/chat/${event}/messages/${first.seq}`));
    const since = await uploaded(ann, event);
    const last = await shown(ann, event, [since]);
    await world.stop();
    const { code, stdout } = await jarvis(world, "restore", copy);
    expect(code).toBe(0);
    const aside = /kept as (\S+)/.exec(stdout)?.[1] ?? "";
    await world.restart();
    expect(Buffer.from((await ann.call("GET", `/photos/${kept}`)).bytes).equals(bytes)).toBe(true);
    expect((await bob.call("GET", `/photos/${later}`)).status).toBe(200);
    expect((await ann.call("GET", `/photos/${since}`)).status).toBe(404);
    world.clock.advance(61 * 60_000);
    await runHousekeeping(world.server.ctx);
    expect(await filesIn(world)).toEqual(filesOfPhoto(kept, later));
    // It was the wrong backup: what was kept aside is a backup like any other.
    await world.stop();
    expect((await jarvis(world, "restore", aside)).code).toBe(0);
    await world.restart();
    expect((await bob.call("GET", `/photos/${since}`)).status).toBe(200);
    expect(expectOk(await bob.call("GET", `/chat/${event}/messages`))[2].photos).toEqual(last.photos);
  },
  limitMs,
);

test(
  "after the loss of everything a backup brings everything back",
  async () => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    const id = await uploaded(ann, event);
    await shown(ann, event, [id]);
    const copy = `${world.directory}/copy.db`;
    expect((await jarvis(world, "backup", copy)).code).toBe(0);
    await world.stop();
    for (const name of readdirSync(world.directory))
      if (!name.startsWith("copy.db")) rmSync(`${world.directory}/${name}`, { recursive: true });
    expect((await jarvis(world, "restore", copy)).code).toBe(0);
    await world.restart();
    expect((await ann.call("GET", `/photos/${id}?size=thumb`)).status).toBe(200);
  },
  limitMs,
);

test(
  "case 108: whoever was erased since a backup has no photo in what it brings back",
  async () => {
    await using scene = await gallery();
    const { ann, bob, event, world } = scene;
    const [anns, bobs] = [await uploaded(ann, event), await uploaded(bob, event)];
    await shown(ann, event, [anns]);
    await shown(bob, event, [bobs]);
    const copy = `${world.directory}/copy.db`;
    expect((await jarvis(world, "backup", copy)).code).toBe(0);
    expectOk(await bob.call("DELETE", `/user/${bob.id}`));
    await world.stop();
    expect((await jarvis(world, "restore", copy)).stdout).toContain("Erased again: 1 accounts");
    expect(await filesIn(world)).toEqual(filesOfPhoto(anns));
    await world.restart();
  },
  limitMs,
);

test(
  "photos in a bucket stay there, and the backup says so",
  async () => {
    await using bucket = startBucket("album");
    const env = {
      JARVIS_PHOTOS: "s3://album",
      JARVIS_S3_ENDPOINT: bucket.url,
      JARVIS_S3_ACCESS_KEY_ID: s3Keys.id,
      JARVIS_S3_SECRET_ACCESS_KEY: s3Keys.secret,
    };
    await using scene = await gallery({ env });
    const { ann, event, world } = scene;
    await shown(ann, event, [await uploaded(ann, event)]);
    const copy = `${world.directory}/copy.db`;
    const { stdout } = await runJarvis(["backup", copy], processEnv(world.directory, env));
    expect(stdout).toContain("its 1 photos stay in the bucket");
    expect(existsSync(`${copy}.photos`)).toBe(false);
    await world.stop();
    expect((await runJarvis(["restore", copy], processEnv(world.directory, env))).code).toBe(0);
    await world.restart();
    expect(bucket.objects.size).toBe(2);
  },
  limitMs,
);
