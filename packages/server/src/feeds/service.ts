import type { UserId } from "@jarvis/contract";
import type { CalendarFile } from "../call.ts";
import type { Context } from "../context.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { freeBusyText } from "./freebusy.ts";
import { calendarText, objectText, readKeys, writeEntries } from "./rendering.ts";
import { etagOf, etagOfText, revisionOf } from "./revision.ts";
import { findBySecret } from "./secrets.ts";
import type { Written } from "./series.ts";
import { type FeedRow, findFeedByHash } from "./store.ts";

export { eventCalendar } from "./single-event.ts";

/** Whose calendar, or busy times, this secret opens. */
export async function findFeed(
  ctx: Context,
  secret: string,
): Promise<{ user: UserId; kind: "calendar" | "freebusy" } | null> {
  const feed = await findBySecret(ctx, secret);
  return feed === undefined ? null : { user: feed.user_id, kind: feed.kind };
}

/** One event, or one part of a series with its exceptions, as a calendar of its own. */
export interface CalendarObject {
  /** `<event id>.ics`; a series that was changed from some time on is several objects, the others `<event id>-<from>.ics`. */
  readonly name: string;
  readonly etag: string;
  readonly ics: string;
  /** When it takes place; `untilMs` is null for a series without an end. */
  readonly fromMs: number | null;
  readonly untilMs: number | null;
}

/** Everything that the feed of this person has, each by its UID. */
export async function calendarObjects(ctx: Context, user: UserId): Promise<CalendarObject[]> {
  const objects: CalendarObject[] = [];
  for await (const written of writeEntries(ctx, user, await readKeys(ctx, user))) {
    const { name, fromMs, untilMs } = written;
    const ics = objectText(written, ctx.clock.now());
    objects.push({ name: `${name}.ics`, etag: etagOfText(ics), ics, fromMs, untilMs });
  }
  return objects;
}

/** Changes with everything that `calendarObjects` has; it costs one query. */
export async function calendarTag(ctx: Context, user: UserId): Promise<string> {
  return etagOf(ctx, await readKeys(ctx, user));
}

export async function openCalendar(ctx: Context, secret: string): Promise<CalendarFile> {
  const feed = await requireFeed(ctx, secret, "calendar");
  const etagNow = async () => etagOf(ctx, await readKeys(ctx, feed.user_id));
  return {
    name: "jarvis.ics",
    revision: async () => revisionOf(ctx, feed, await etagNow()),
    write: () => writeCalendar(ctx, feed, etagNow),
  };
}

const attempts = 5;

/** What changes while others have their turn makes it begin again: no half of an answer is older than the other. */
async function writeCalendar(ctx: Context, feed: FeedRow, etagNow: () => Promise<string>) {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const keys = await readKeys(ctx, feed.user_id);
    const etag = etagOf(ctx, keys);
    const parts: Written[] = await Array.fromAsync(writeEntries(ctx, feed.user_id, keys));
    const revision = await revisionOf(ctx, feed, etag);
    if ((await findFeedByHash(ctx.db.read, feed.hash)) === undefined) throw notFound();
    if ((await etagNow()) === etag) return { text: calendarText(parts, ctx.clock.now()), revision };
  }
  throw new AppError("unavailable", { detail: "The calendar is changing just now", retryAfterS: 1 });
}

export async function openFreeBusy(ctx: Context, secret: string): Promise<CalendarFile> {
  const feed = await requireFeed(ctx, secret, "freebusy");
  async function write() {
    const text = await freeBusyText(ctx, feed.user_id, feed.id);
    const revision = await revisionOf(ctx, feed, etagOfText(text));
    if ((await findFeedByHash(ctx.db.read, feed.hash)) === undefined) throw notFound();
    return { text, revision };
  }
  return { name: "freebusy.ics", revision: async () => (await write()).revision, write };
}

async function requireFeed(ctx: Context, secret: string, kind: FeedRow["kind"]): Promise<FeedRow> {
  const feed = await findBySecret(ctx, secret);
  if (feed?.kind !== kind) throw notFound();
  await ctx.rates.consume("feed", () => ({ user: feed.hash.toHex(), address: "" }));
  return feed;
}
