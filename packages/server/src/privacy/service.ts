import type { UserId } from "@jarvis/contract";
import { endSessions, revokePresented } from "../accounts/service.ts";
import type { Viewer } from "../call.ts";
import { releaseGoogleOf } from "../calendars/google-grants.ts";
import { eraseFromChats } from "../chat/erasure.ts";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { eraseDevices } from "../devices/tokens.ts";
import { eraseFromEvents } from "../events/erasure.ts";
import { eraseFriends } from "../friends/erasure.ts";
import { AppError } from "../lib/app-error.ts";
import { forgetPositions } from "../location/service.ts";
import { erasePhotosOf } from "../photos/showing.ts";
import {
  deleteInEvents,
  deleteOwn,
  deleteSignInsUnderWay,
  findAccount,
  insertTombstone,
  listErasedSince,
  listReturned,
  updateMessagesToAuthorless,
} from "./store.ts";

export { exportUser } from "./export.ts";

/** A call that began before the erasure has ended by then, whatever it waited for. */
const lateMs = 60 * 60_000;

/** Erases the caller's account. Sockets close, and nothing of theirs is shown any more, once this resolves. */
export async function eraseUser(ctx: Context, viewer: Viewer): Promise<void> {
  await ctx.db.write(async (tx) => {
    if (!(await eraseAccount(ctx, tx, viewer.id, viewer.tokenHash))) throw new AppError("unauthenticated");
    await revokePresented(tx, viewer);
  });
  await ctx.photos.deletions.settled();
}

/** In one unit, and with what others see of it; false where there is no such account. */
async function eraseAccount(
  ctx: Context,
  tx: Tx,
  user: UserId,
  presented: string | null = null,
): Promise<boolean> {
  const account = await findAccount(tx.sql, user);
  if (account === undefined) return false;
  await deleteSignInsUnderWay(tx.sql, user, presented);
  // Before the events, so that the sockets are closed before the entries below are announced.
  await endSessions(ctx, tx, user);
  await eraseFriends(ctx, tx, user);
  await eraseFromEvents(ctx, tx, user, account.email_confirmed === 1 ? account.email_key : null);
  await erasePhotosOf(ctx, tx, user);
  await eraseFromChats(ctx, tx, user);
  await releaseGoogleOf(ctx, tx, user);
  await eraseDevices(ctx, tx, user);
  await updateMessagesToAuthorless(tx.sql, user);
  await deleteInEvents(tx.sql, user);
  await deleteOwn(tx.sql, user);
  forgetPositions(ctx, tx, user);
  await insertTombstone(tx.sql, user, ctx.clock.now());
  return true;
}

/** Erases again who was erased after the backup was made that this store was restored from. Gives how many. */
export async function eraseReturned(ctx: Context): Promise<number> {
  const returned = await listReturned(ctx.db.read);
  for (const user of returned) await ctx.db.write((tx) => eraseAccount(ctx, tx, user));
  await ctx.photos.deletions.settled();
  if (returned.length > 0) ctx.log.info({ accounts: returned.length }, "erased again after a restore");
  return returned.length;
}

/** Deletes what calls have left that were under way when their account was erased; whether there was one lately. */
export async function purgeErased(ctx: Context): Promise<boolean> {
  const erased = await listErasedSince(ctx.db.read, ctx.clock.now() - lateMs);
  for (const user of erased) await ctx.db.write((tx) => deleteOwn(tx.sql, user));
  return erased.length > 0;
}
