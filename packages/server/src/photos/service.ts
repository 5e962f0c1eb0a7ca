import {
  type EventId,
  limits,
  type Photo,
  type PhotoId,
  type PhotoType,
  type UserId,
} from "@jarvis/contract";
import type { Bytes, Upload, Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { requireParticipant, requireWhole } from "../events/service.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { isId } from "../lib/ids.ts";
import { makeFiles } from "./files.ts";
import { downloadName, fileOf, filesOf, type PhotoSize, toPhoto } from "./rules.ts";
import { countPhotos, findVisible, insertPhoto, type PhotoRow, sumPhotos } from "./store.ts";

/**
 * Takes a photo in. Whether the caller may is asked before a byte of it is read, and again in the unit that stores it.
 * The bytes are on the disk before the row is: what a crash leaves between the two is found by the sweep.
 */
export async function uploadPhoto(
  ctx: Context,
  viewer: Viewer,
  event: EventId,
  upload: Upload,
): Promise<Photo> {
  await requireRoom(ctx.db.read, viewer.id, event);
  using slot = ctx.photos.slots.take(viewer.id);
  if (slot === null)
    throw new AppError("unavailable", { detail: "Too many photos are being uploaded", retryAfterS: 5 });
  const id = ctx.random.id() as PhotoId; // ids that the server makes are branded where they are made
  const made = await makeFiles(ctx, id, (path) => slot.receive((cut) => upload.saveTo(path, cut)));
  const row = { ...made, id, event_id: event, uploader_id: viewer.id, shown: 0, created_ms: ctx.clock.now() };
  try {
    await store(ctx, row);
  } catch (error) {
    ctx.photos.deletions.delete(filesOf(id));
    throw error;
  }
  return toPhoto(row);
}

async function store(ctx: Context, row: PhotoRow): Promise<void> {
  await ctx.db.write(async (tx) => {
    await requireRoom(tx.sql, row.uploader_id, row.event_id);
    await insertPhoto(tx.sql, row);
  });
}

async function requireRoom(sql: Sql, user: UserId, event: EventId): Promise<void> {
  requireWhole(await requireParticipant(sql, user, event));
  if ((await countPhotos(sql, event)) >= limits.photosPerEvent)
    throw new AppError("limit_exceeded", { detail: `An event has at most ${limits.photosPerEvent} photos` });
}

const thumbnailType: PhotoType = "image/webp";

/** The bytes of a photo that the caller may see. */
export async function readPhoto(ctx: Context, viewer: Viewer, id: PhotoId, size: PhotoSize): Promise<Bytes> {
  const found = isId(id) ? await findVisible(ctx.db.read, id, viewer.id) : undefined;
  if (found === undefined) throw notFound();
  const file = await ctx.photos.blobs.open(fileOf(id, size));
  if (file === null) {
    // Deleted a moment ago, or its files did not come along when the database was restored.
    ctx.log.warn({ photo: id }, "a photo has no file");
    throw notFound();
  }
  const type = size === "thumb" ? thumbnailType : found.type;
  return { ...file, type, name: downloadName(id, type) };
}

/** How many photos there are, and their bytes. */
export function photoTotals(ctx: Context): Promise<{ count: number; bytes: number }> {
  return sumPhotos(ctx.db.read);
}
