import type { EventId, Photo, PhotoId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Sql, Tx } from "../db/database.ts";
import { AppError } from "../lib/app-error.ts";
import { filesOf, toPhoto } from "./rules.ts";
import {
  deletePhotosOfEvent,
  deletePhotosOfUploader,
  deleteShown,
  deleteUnshown,
  insertShown,
  listOwn,
} from "./store.ts";

type Files = Pick<Context, "photos">;

/** The photos that somebody wants to show in a message, in their order; one that is not theirs, or not of this event, is refused. */
export async function photosToShow(
  sql: Sql,
  uploader: UserId,
  event: EventId,
  ids: readonly PhotoId[],
): Promise<Photo[]> {
  const found = new Map((await listOwn(sql, event, uploader, ids)).map((row) => [row.id, toPhoto(row)]));
  return ids.map((id, index) => {
    const photo = found.get(id);
    if (photo !== undefined) return photo;
    const [path, message] = [`photos.${index}`, "is no photo that you uploaded to this event"];
    throw new AppError("invalid_input", { detail: `${path}: ${message}`, errors: [{ path, message }] });
  });
}

/** In the unit that stores the message. */
export function showPhotos(tx: Tx, event: EventId, seq: number, ids: readonly PhotoId[]): Promise<void> {
  return insertShown(tx.sql, event, seq, ids);
}

/** In the unit that deletes the message: a photo that no other shows goes with it, its bytes after the commit. */
export async function hidePhotos(files: Files, tx: Tx, event: EventId, seq: number): Promise<void> {
  const shown = await deleteShown(tx.sql, event, seq);
  if (shown.length > 0) forgetFiles(files, tx, await deleteUnshown(tx.sql, shown));
}

/** Somebody's account ends: their photos are personal, and go from the messages that stay. */
export async function erasePhotosOf(files: Files, tx: Tx, uploader: UserId): Promise<void> {
  forgetFiles(files, tx, await deletePhotosOfUploader(tx.sql, uploader));
}

export async function erasePhotosOfEvent(files: Files, tx: Tx, event: EventId): Promise<void> {
  forgetFiles(files, tx, await deletePhotosOfEvent(tx.sql, event));
}

/** Rows first, bytes after the commit: a crash between the two leaves bytes, which the next sweep finds. */
export function forgetFiles({ photos }: Files, tx: Tx, ids: readonly PhotoId[]): void {
  if (ids.length > 0) tx.onCommit(() => photos.deletions.delete(ids.flatMap(filesOf)));
}
