import { readdir, readlink } from "node:fs/promises";
import { existsSync } from "node:fs";
import { test } from "bun:test";
import { gallery, until, uploaded } from "./support/photos.ts";

const handles = "/proc/self/fd";

/** The open files of this process that lie in a folder. */
async function openIn(folder: string): Promise<string[]> {
  const links = (await readdir(handles)).map((name) => readlink(`${handles}/${name}`).catch(() => ""));
  return (await Promise.all(links)).filter((path) => path.startsWith(folder));
}

// Where a system does not list open files, there is nothing to look at.
test.skipIf(!existsSync(handles))(
  "whoever goes away while a photo is read leaves no file open, at whatever moment",
  async () => {
    await using scene = await gallery();
    const { ann, event, world } = scene;
    const id = await uploaded(ann, event);
    const { blobs } = world.server.ctx.photos;
    for (let turns = 0; turns < 40; turns++) {
      const stored = await blobs.open(id);
      const reader = stored?.stream.getReader();
      const reading = reader?.read();
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      await reader?.cancel();
      await reading;
    }
    await until(async () => (await openIn(`${world.directory}/photos`)).length === 0);
  },
);
