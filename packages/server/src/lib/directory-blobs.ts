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
    return found.isFile() ? { size: found.size, stream: streamOf(path) } : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

const chunkBytes = 64 * 1024;

/** Opened when the first byte is asked for: an answer to HEAD never asks. */
function streamOf(path: string): ReadableStream<Uint8Array> {
  let file: FileHandle | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        file ??= await openPlain(path);
        const { bytesRead, buffer } = await file.read(new Uint8Array(chunkBytes));
        if (bytesRead > 0) return controller.enqueue(buffer.subarray(0, bytesRead));
        await file.close();
        controller.close();
      },
      cancel: () => file?.close(),
    },
    { highWaterMark: 0 },
  );
}

async function openPlain(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    throw new Error(`a photo could not be read: ${errorCode(error)}`, { cause: error });
  }
}
