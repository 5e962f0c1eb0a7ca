import type { EventId, UserId } from "@jarvis/contract";
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

/** What somebody's calendar has, before any of it is written: it costs one query. */
export interface CalendarState {
  /** Changes with everything that `calendarObjects` has. */
  readonly tag: string;
  readonly events: readonly { readonly id: EventId }[];
}

export async function calendarState(ctx: Context, user: UserId): Promise<CalendarState> {
  const events = await readKeys(ctx, user);
  return { tag: etagOf(ctx, events), events };
}

/** What the feed of this person has of these events, each by its UID. */
export async function calendarObjects(
  ctx: Context,
  user: UserId,
  events: CalendarState["events"],
): Promise<CalendarObject[]> {
  const objects: CalendarObject[] = [];
  for await (const written of writeEntries(ctx, user, events)) {
    const { name, fromMs, untilMs } = written;
    const ics = objectText(written, ctx.clock.now());
    objects.push({ name: `${name}.ics`, etag: etagOfText(ics), ics, fromMs, untilMs });
  }
  return objects;
}

export async function openCalendar(ctx: Context, secret: string): Promise<CalendarFile> {
  const feed = await requireFeed(ctx, secret, "calendar");
  const etagNow = async () => (await calendarState(ctx, feed.user_id)).tag;
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
    const { tag, events } = await calendarState(ctx, feed.user_id);
    const parts: Written[] = await Array.fromAsync(writeEntries(ctx, feed.user_id, events));
    const revision = await revisionOf(ctx, feed, tag);
    if ((await findFeedByHash(ctx.db.read, feed.hash)) === undefined) throw notFound();
    if ((await etagNow()) === tag) return { text: calendarText(parts, ctx.clock.now()), revision };
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
