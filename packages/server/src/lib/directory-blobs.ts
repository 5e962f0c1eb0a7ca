import { constants } from "node:fs";
import { type FileHandle, lstat, open, opendir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Blobs, checkedName, isBlobName, type StoredFile } from "./blobs.ts";
import { errorCode, isMissing, makeFolder, syncPath } from "./folders.ts";

/** Files in one folder of this machine. The work folder lies in it, so that taking one over is a rename. */
export function directoryBlobs(folder: string): Blobs {
  const workFolder = join(folder, ".work");
  const pathOf = (name: string) => join(folder, checkedName(name));
  return {
    place: folder,
    folder,
    workFolder,
    async put(name, path) {
      const target = pathOf(name);
      await syncPath(path);
      await makeFolder(dirname(target));
      await rename(path, target);
      await syncPath(folder);
    },
    open: (name) => openFile(pathOf(name)),
    async delete(name) {
      try {
        await rm(pathOf(name));
      } catch (error) {
        if (isMissing(error)) return;
        throw error;
      }
      await syncPath(folder);
    },
    list: () => listNames(folder),
  };
}

async function* listNames(folder: string): AsyncIterable<string> {
  try {
    for await (const { name } of await opendir(folder)) if (isBlobName(name)) yield name;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** Only a plain file: a link would lead to wherever somebody has pointed it. */
async function openFile(path: string): Promise<StoredFile | null> {
  try {
    const found = await lstat(path);
    return found.isFile() ? { size: found.size, stream: streamOf(path, found.size) } : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

const chunkBytes = 256 * 1024;

/**
 * The file is open only while a chunk is read: whoever is slow, goes away at whatever moment, or asks with HEAD, leaves no
 * handle behind. One that nobody closes would stop the whole process once it is collected.
 */
function streamOf(path: string, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  let isOver = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const bytes = await readAt(path, at);
        if (isOver) return;
        if (bytes.length > 0) controller.enqueue(bytes);
        at += bytes.length;
        if (bytes.length === 0 || at >= size) controller.close();
      },
      cancel() {
        isOver = true;
      },
    },
    { highWaterMark: 0 },
  );
}

async function readAt(path: string, position: number): Promise<Uint8Array> {
  const file = await openPlain(path);
  try {
    const { bytesRead, buffer } = await file.read(new Uint8Array(chunkBytes), 0, chunkBytes, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function openPlain(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    throw new Error(`a photo could not be read: ${errorCode(error)}`, { cause: error });
  }
}
