import { existsSync } from "node:fs";
import { mkdir, opendir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PhotoId } from "@jarvis/contract";
import type { PhotoFiles } from "../context.ts";
import type { Database } from "../db/database.ts";
import { photoIdsIn } from "../db/photo-ids.ts";
import { type Blobs, isBlobName } from "../lib/blobs.ts";
import { isMissing, linkOrCopy, makeFolder, syncPath } from "../lib/folders.ts";
import { filesOf } from "./rules.ts";

export type BackedUpFiles = Pick<PhotoFiles, "blobs" | "deletions">;

export interface BackedUpPhotos {
  readonly count: number;
  /** Null where they are not on this machine. */
  readonly place: string | null;
}

function folderBeside(file: string): string {
  return `${file}.photos`;
}

/**
 * Copies the database, and beside it the files of exactly the photos in that copy. From before it is made no file is
 * deleted, so that each is still there; what is uploaded meanwhile is in neither.
 */
export async function backUpWithPhotos(db: Database, { blobs, deletions }: BackedUpFiles, target: string) {
  using _ = deletions.hold();
  let photos: BackedUpPhotos = { count: 0, place: null };
  let place: string | null = null;
  try {
    const backup = await db.backUp(target, async (copy, file) => {
      const ids = photoIdsIn(copy);
      if (ids.length > 0 && blobs.folder !== null)
        place = await copyPhotos(blobs.folder, ids, folderBeside(file));
      photos = { count: ids.length, place };
    });
    return { ...backup, photos };
  } catch (error) {
    if (place !== null) await rm(place, { recursive: true, force: true });
    throw error;
  }
}

/** Under its name the folder is there only once it is whole. */
async function copyPhotos(from: string, ids: readonly PhotoId[], to: string): Promise<string> {
  if (existsSync(to)) throw new Error(`${to} exists already: a backup overwrites nothing`);
  const partial = `${to}.partial`;
  await mkdir(partial, { mode: 0o700 });
  try {
    for (const name of ids.flatMap(filesOf)) await copyIfThere(join(from, name), join(partial, name));
    await syncPath(partial);
    await rename(partial, to);
    await syncPath(dirname(to));
    return to;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/** A file that was lost before is no reason to save nothing. */
async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await linkOrCopy(from, to);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/**
 * Brings the photos of a backup back, and keeps the present ones with the database that is kept aside, which is then a
 * backup as any other. Bytes first, as at an upload; what the restored database does not know is swept later.
 */
export async function bringPhotosBack(blobs: Blobs, source: string, aside: string | null): Promise<void> {
  const { folder } = blobs;
  if (folder === null) return;
  if (aside !== null && existsSync(folder)) await copyAll(folder, folderBeside(aside));
  if (existsSync(folderBeside(source))) await copyAll(folderBeside(source), folder);
}

async function copyAll(from: string, to: string): Promise<void> {
  await makeFolder(to);
  for await (const { name } of await opendir(from))
    if (isBlobName(name)) await linkOrCopy(join(from, name), join(to, name));
  await syncPath(to);
}
