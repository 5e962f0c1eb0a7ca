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

/** What uploads that were cut off by a crash have left; at a start, with a store of its own, of every age. */
export function sweepWork({ photos, db, clock }: Context, atStart = false): void {
  if (atStart && !db.isShared) photos.work.clear();
  else photos.work.clearBefore(clock.now() - uploadMs);
}

async function deleteOrphans(ctx: Context, files: readonly string[]): Promise<void> {
  const ids = [...new Set(files.map(photoOf))];
  const existing = new Set((await listExisting(ctx.db.read, ids)).flatMap(filesOf));
  ctx.photos.deletions.delete(files.filter((file) => !existing.has(file)));
}
