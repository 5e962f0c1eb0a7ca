import { constants } from "node:fs";
import { copyFile, link, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Makes a folder for this user alone, durably, with those it lies in. */
export async function makeFolder(path: string): Promise<void> {
  const outermost = await mkdir(path, { recursive: true, mode: 0o700 });
  if (outermost === undefined) return;
  const last = dirname(outermost);
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    await syncPath(folder);
    if (folder === last || folder === dirname(folder)) return;
  }
}

/** Waits until the disk has what a file holds, or which names are in a folder. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Gives a file that never changes a second name; where that cannot be, copies it durably. Replaces what is there. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  const partial = `${to}.partial`;
  await rm(partial, { force: true });
  try {
    await link(from, partial);
  } catch (error) {
    if (!cannotLink(error)) throw error;
    await copyFile(from, partial, constants.COPYFILE_EXCL);
    await syncPath(partial);
  }
  await rename(partial, to);
  // Two names of one file: rename leaves both (POSIX).
  await rm(partial, { force: true });
}

/** As another disk, a memory stick or a share of another machine says it. */
function cannotLink(error: unknown): boolean {
  return /^(?:EXDEV|EPERM|EMLINK|ENOTSUP|EOPNOTSUPP|ENOSYS)$/.test(errorCode(error));
}

export function isMissing(error: unknown): boolean {
  return errorCode(error) === "ENOENT";
}

export function errorCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
