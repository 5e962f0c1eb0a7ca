import type { UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { AppError } from "../lib/app-error.ts";
import { BoundedMap } from "../lib/bounded-map.ts";
import { sha256 } from "../lib/ids.ts";
import {
  deleteOlderSnapshots,
  deleteSnapshotsToldUntil,
  findLastTold,
  findSnapshot,
  findToldMs,
  hasCalendar,
  upsertSnapshot,
} from "./snapshots-store.ts";

/** What a client has of a calendar: the entity tag of each object, by its name. */
export type Objects = ReadonlyMap<string, string>;

/** A phone, a tablet and a computer, each a few changes behind. */
const keptOfOne = 20;
const day = 24 * 60 * 60_000;
const keptMs = 30 * day;

/** The same objects have the same token: who is told it twice has missed nothing between. */
export function tokenOf(user: UserId, objects: Objects): string {
  const parts = [...objects].sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify([user, parts])).toBase64({ alphabet: "base64url", omitPadding: true });
}

const cachedAtMost = 10_000;
const tokens = new WeakMap<Context, BoundedMap<UserId, { tag: string; token: string }>>();

/** The token of somebody's objects, where they have been written since they last changed: by the tag that they had then. */
export function knownToken(ctx: Context, user: UserId, tag: string): string | null {
  const known = tokens.get(ctx)?.get(user);
  return known?.tag === tag ? known.token : null;
}

export function keepToken(ctx: Context, user: UserId, tag: string, token: string): void {
  const ofContext = tokens.get(ctx) ?? new BoundedMap(cachedAtMost);
  tokens.set(ctx, ofContext);
  ofContext.set(user, { tag, token });
}

/** Whether the objects of this token will be found again for as long as if they were told now. */
export async function isRemembered(ctx: Context, user: UserId, token: string): Promise<boolean> {
  const told = await findToldMs(ctx.db.read, user, token);
  return told !== undefined && isRecent(ctx, told);
}

function isRecent(ctx: Context, told_ms: number): boolean {
  return ctx.clock.now() - told_ms < day;
}

/** Answers the token under which these objects are found again; on the disk before anybody is told. */
export async function rememberTold(ctx: Context, user: UserId, objects: Objects): Promise<string> {
  const token = tokenOf(user, objects);
  const now = ctx.clock.now();
  const known = await findSnapshot(ctx.db.read, user, token);
  if (known !== undefined && isRecent(ctx, known.told_ms)) return token;
  const compressed = known?.objects ?? Bun.gzipSync(JSON.stringify([...objects]));
  await ctx.db.write(async ({ sql }) => {
    // Somebody who ends the calendar just now must leave nothing of it behind.
    if (!(await hasCalendar(sql, user))) throw new AppError("unauthenticated");
    // What is told in the same millisecond has an order as well: the oldest goes first.
    const told_ms = Math.max(now, ((await findLastTold(sql, user)) ?? 0) + 1);
    await upsertSnapshot(sql, { user_id: user, token, told_ms, objects: compressed });
    await deleteOlderSnapshots(sql, user, keptOfOne);
  });
  return token;
}

/** What a client was told with this token; null where that is not known any more. */
export async function findTold(ctx: Context, user: UserId, token: string): Promise<Objects | null> {
  const snapshot = await findSnapshot(ctx.db.read, user, token);
  if (snapshot === undefined) return null;
  const text = new TextDecoder().decode(Bun.gunzipSync(new Uint8Array(snapshot.objects)));
  // `rememberTold` has written it.
  return new Map(JSON.parse(text) as [string, string][]);
}

/** For housekeeping. */
export function purgeSnapshots(ctx: Context): Promise<void> {
  return ctx.db.write(({ sql }) => deleteSnapshotsToldUntil(sql, ctx.clock.now() - keptMs));
}
