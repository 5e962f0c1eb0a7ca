import type { Feed, FeedAccess, MadeFeed, UserId } from "@jarvis/contract";
import { requireFresh } from "../accounts/fresh.ts";
import { touchMs } from "../accounts/rules.ts";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql, Tx } from "../db/database.ts";
import { sha256 } from "../lib/ids.ts";
import { deleteFeeds, type FeedRow, findFeedByHash, insertFeed, listFeeds, updateFeedUse } from "./store.ts";

/** Any name opens the calendar over CalDAV; this is what a person may type where one is asked for. */
const davUsername = "jarvis";

const secretForm = /^[A-Za-z0-9_-]{43}$/;

/** What a secret opens. It is looked up by its hash, which takes as long for any, and its use is recorded. */
export async function findBySecret(ctx: Context, secret: string): Promise<FeedRow | undefined> {
  if (!secretForm.test(secret)) return undefined;
  const feed = await findFeedByHash(ctx.db.read, sha256(secret));
  if (feed !== undefined) noteUse(ctx, feed);
  return feed;
}

/** Beside the call, which does not wait for it: one that fails is made up for by the next. */
function noteUse(ctx: Context, { hash, id, used_ms }: FeedRow): void {
  const now = ctx.clock.now();
  if (used_ms !== null && now - used_ms < touchMs) return;
  ctx.db
    .write((tx) => updateFeedUse(tx.sql, hash, now))
    .catch((error: unknown) => ctx.log.warn({ error, feed: id }, "the use of a calendar was not recorded"));
}

export async function getFeed(ctx: Context, viewer: Viewer): Promise<Feed> {
  const [feed] = await listFeedAccess(ctx.db.read, viewer.id);
  if (feed === undefined) return { exists: false, created_ms: null, used_ms: null };
  return { exists: true, created_ms: feed.created_ms, used_ms: feed.used_ms };
}

/** Makes both secrets anew. They are shown once: the store has their hashes alone. */
export async function createFeed(ctx: Context, viewer: Viewer): Promise<MadeFeed> {
  requireFresh(ctx, viewer);
  const secrets = { calendar: ctx.random.token(), freebusy: ctx.random.token() };
  await ctx.db.write(async (tx) => {
    await deleteFeeds(tx.sql, viewer.id);
    const made = { user_id: viewer.id, id: ctx.random.id(), created_ms: ctx.clock.now() };
    for (const kind of ["calendar", "freebusy"] as const)
      await insertFeed(tx.sql, { ...made, kind, hash: sha256(secrets[kind]) });
  });
  const url = `${ctx.publicUrl}/calendar/${secrets.calendar}.ics`;
  return {
    url,
    webcal: url.replace(/^https?:/, "webcal:"),
    freebusy_url: `${ctx.publicUrl}/freebusy/${secrets.freebusy}.ics`,
    dav_url: `${ctx.publicUrl}/dav/`,
    dav_username: davUsername,
    secret: secrets.calendar,
  };
}

export async function deleteFeed(ctx: Context, viewer: Viewer): Promise<void> {
  await ctx.db.write((tx) => deleteFeedOf(tx, viewer.id));
}

/** Ends what opens this person's calendar, or only that of this access id, in the unit that decides it; whether there was any. */
export function deleteFeedOf(tx: Tx, user: UserId, access?: string): Promise<boolean> {
  return deleteFeeds(tx.sql, user, access);
}

/** As `access` lists it: the two secrets are one thing that can be revoked. */
export async function listFeedAccess(sql: Sql, user: UserId): Promise<FeedAccess[]> {
  const byId = Map.groupBy(await listFeeds(sql, user), ({ id }) => id);
  return [...byId].flatMap(([id, rows]) => {
    const [first] = rows;
    if (first === undefined) return [];
    const used = rows.flatMap(({ used_ms }) => used_ms ?? []);
    const used_ms = used.length === 0 ? null : Math.max(...used);
    return [{ id, kind: "feed" as const, created_ms: first.created_ms, used_ms }];
  });
}
