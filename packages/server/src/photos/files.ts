import { open, stat } from "node:fs/promises";
import { limits, type PhotoId, type PhotoType } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { AppError } from "../lib/app-error.ts";
import { errorCode } from "../lib/folders.ts";
import { ImageError } from "../lib/images.ts";
import { fileOf, signatureBytes, sniff } from "./rules.ts";

export interface MadeFiles {
  readonly type: PhotoType;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
}

const suffixes = { source: ".source", image: ".image", thumbnail: ".thumbnail" } as const;

/** Receives an image, makes of it what is kept, and puts that where files are. What was sent is gone afterwards. */
export async function makeFiles(
  ctx: Context,
  id: PhotoId,
  saveTo: (path: string) => Promise<number>,
): Promise<MadeFiles> {
  try {
    await using work = await ctx.photos.work.take(id, Object.values(suffixes));
    const source = work.path + suffixes.source;
    await saveTo(source);
    if (sniff(await firstBytes(source)) === null) throw unsupported("It is no JPEG, PNG or WebP");
    return await convert(ctx, id, work.path);
  } catch (error) {
    throw told(error);
  }
}

async function convert(
  { photos: { images, blobs } }: Context,
  id: PhotoId,
  path: string,
): Promise<MadeFiles> {
  const [image, thumbnail] = [path + suffixes.image, path + suffixes.thumbnail];
  const { format, width, height } = await images.convert({
    source: path + suffixes.source,
    image,
    thumbnail,
    maxPixels: limits.photoPixels,
    maxSide: limits.photoSide,
    thumbnailSide: limits.thumbnailSide,
    maxBytes: limits.photoBytes,
  });
  const bytes = (await stat(image)).size + (await stat(thumbnail)).size;
  // The thumbnail first: where the image is, its thumbnail is too.
  await blobs.put(fileOf(id, "thumb"), thumbnail);
  await blobs.put(fileOf(id, "full"), image);
  return { type: `image/${format}`, width, height, bytes };
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(signatureBytes));
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** What the sender is told of what went wrong. */
function told(error: unknown): unknown {
  if (error instanceof ImageError) return refusals[error.reason]();
  const isFull = /^(?:ENOSPC|EDQUOT|EIO|EROFS|EMFILE|ENFILE)$/.test(errorCode(error));
  if (!isFull) return error;
  return new AppError("unavailable", { detail: "Photos cannot be stored just now", retryAfterS: 5 });
}

const refusals: Record<ImageError["reason"], () => AppError> = {
  undecodable: () => unsupported("The image cannot be decoded"),
  late: () => unsupported("The image takes too long to decode"),
  memory: () => unsupported("The image takes too much memory to decode"),
  pixels: () =>
    new AppError("limit_exceeded", { detail: `An image has at most ${limits.photoPixels / 1e6} megapixels` }),
  crashed: () =>
    new AppError("unavailable", { detail: "The image could not be processed: try again", retryAfterS: 1 }),
};

function unsupported(detail: string): AppError {
  return new AppError("unsupported_media_type", { detail });
}
