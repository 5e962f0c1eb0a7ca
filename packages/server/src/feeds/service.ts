import type { UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { type Property, writeCalendar, writeComponent } from "../lib/icalendar.ts";
import { sha256 } from "../lib/ids.ts";
import { eventComponent } from "./rendering.ts";
import { feedRange } from "./rules.ts";
import { findFeedByHash, listEntries } from "./store.ts";

const secretForm = /^[A-Za-z0-9_-]{43}$/;

/** Whose calendar, or busy times, this secret opens. It is looked up by its hash, which takes as long for any. */
export async function findFeed(
  ctx: Context,
  secret: string,
): Promise<{ user: UserId; kind: "calendar" | "freebusy" } | null> {
  if (!secretForm.test(secret)) return null;
  const feed = await findFeedByHash(ctx.db.read, sha256(secret));
  return feed === undefined ? null : { user: feed.user_id, kind: feed.kind };
}

/** One event, or one series with its exceptions, as a calendar of its own. */
export interface CalendarObject {
  /** `<event id>.ics`. */
  readonly name: string;
  readonly etag: string;
  readonly ics: string;
  /** When it takes place; `untilMs` is null for a series without an end. */
  readonly fromMs: number | null;
  readonly untilMs: number | null;
}

const head: readonly Property[] = [
  ["version", {}, "text", "2.0"],
  ["prodid", {}, "text", "-//Jarvis//Jarvis//EN"],
];

/** Everything that the feed of this person has, one object for each event or series. */
export async function calendarObjects(ctx: Context, user: UserId): Promise<CalendarObject[]> {
  const entries = await listEntries(ctx.db.read, user, feedRange(ctx.clock.now()));
  return entries.map((entry) => {
    const ics = writeCalendar(head, [writeComponent(eventComponent(entry, ctx.publicUrl))]);
    const { id, start_ms: fromMs, duration_ms } = entry;
    return {
      name: `${id}.ics`,
      etag: `"${sha256(ics).toHex().slice(0, 32)}"`,
      ics,
      fromMs,
      untilMs: fromMs + duration_ms,
    };
  });
}
