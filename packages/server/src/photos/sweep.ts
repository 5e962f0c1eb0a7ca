import type { Context } from "../context.ts";
import { filesOf, madeMs, photoOf } from "./rules.ts";
import { forgetFiles } from "./showing.ts";
import { deleteUnshown, listExisting, listUnshown } from "./store.ts";

/** How long a photo waits for a message that shows it. */
const unshownMs = 24 * 60 * 60_000;
/** No upload takes as long: a file of that age without a row gets none any more. */
const uploadMs = 60 * 60_000;
const together = 200;

/** Deletes photos that no message has shown within a day. */
export async function purgeUnshown(ctx: Context): Promise<void> {
  for (;;) {
    const deleted = await ctx.db.write(async (tx) => {
      const old = await listUnshown(tx.sql, ctx.clock.now() - unshownMs, together);
      const ids = old.length === 0 ? [] : await deleteUnshown(tx.sql, old);
      forgetFiles(ctx, tx, ids);
      return ids.length;
    });
    if (deleted < together) return;
  }
}

/** Deletes files that no row names: what a crash between a row and its files has left, or a deletion that failed. */
export async function sweepFiles(ctx: Context): Promise<void> {
  const until = ctx.clock.now() - uploadMs;
  let batch: string[] = [];
  for await (const file of ctx.photos.blobs.list()) {
    if (madeMs(photoOf(file)) < until) batch.push(file);
    if (batch.length < together) continue;
    await deleteOrphans(ctx, batch);
    batch = [];
  }
  if (batch.length > 0) await deleteOrphans(ctx, batch);
  await ctx.photos.deletions.settled();
}

/** At a start: what uploads that a crash cut off have left; of a store that others may have open, what cannot be theirs. */
export function clearWork({
  photos,
  clock,
  db,
}: Pick<Context, "photos" | "clock"> & { db: { isShared: boolean } }): void {
  if (db.isShared) photos.work.clearBefore(clock.now() - uploadMs);
  else photos.work.clear();
}

/** Again and again, by each server: the folder may be its own, and what was too young at its start is not for long. */
export function sweepWork({ photos, clock }: Pick<Context, "photos" | "clock">): void {
  photos.work.clearBefore(clock.now() - uploadMs);
}

async function deleteOrphans(ctx: Context, files: readonly string[]): Promise<void> {
  const ids = [...new Set(files.map(photoOf))];
  const existing = new Set((await listExisting(ctx.db.read, ids)).flatMap(filesOf));
  ctx.photos.deletions.delete(files.filter((file) => !existing.has(file)));
}
