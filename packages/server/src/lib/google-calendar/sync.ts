import type { z } from "zod";
import type { Clock } from "../clock.ts";
import { sha256 } from "../ids.ts";
import {
  calendarListEntry,
  calendarListFields,
  calendarListPage,
  eventsFields,
  eventsPage,
} from "./answers.ts";
import { Changes, maxWeight, weightOf } from "./apply.ts";
import { GoogleFault } from "./fault.ts";
import { changeOf } from "./items.ts";
import type { Kept, KeptCalendar } from "./kept.ts";
import type { GoogleSession } from "./session.ts";

/** Over all calendars of one person. Google may answer a few events at a time, and empty pages. */
export const maxPages = 200;
const maxCalendars = 20;
/** A browser waits for the first one, and its connection for a bit more than a minute. */
const maxSyncMs = 40_000;
/** The most that Google gives. */
const pageSize = "2500";
/** How far back times are kept: an instance may be moved that far without being forgotten. */
const keptBackMs = 32 * 24 * 60 * 60_000;

export interface Synced {
  readonly kept: Kept;
  /** A hash of the address of whose calendars these are. */
  readonly account: string;
}

/** What bounds one sync. */
interface Walk {
  readonly session: GoogleSession;
  readonly clock: Clock;
  readonly salt: string;
  readonly untilMs: number;
  pages: number;
}

/**
 * Brings what is kept up to date: with what has changed since, or all of it where there is no sync token or Google does
 * not take it any more. All or nothing: a page that cannot be had ends the sync, and the next one begins where this did.
 */
export async function syncCalendars(
  session: GoogleSession,
  kept: Kept,
  { clock, salt }: { clock: Clock; salt: string },
): Promise<Synced> {
  const walk: Walk = { session, clock, salt, untilMs: clock.monotonic() + maxSyncMs, pages: 0 };
  const { account, calendars } = await listCalendars(walk);
  const synced = new Map<string, KeptCalendar>();
  let room = maxWeight;
  for (const { key, path } of calendars) {
    const calendar = await syncUnlessGone(walk, path, kept.get(key), room);
    if (calendar === null) continue;
    synced.set(key, calendar);
    room -= weightOf(calendar.items.values());
  }
  return { kept: synced, account };
}

interface ListedCalendar {
  readonly key: string;
  readonly path: string;
}

/**
 * The primary calendar, and those that the person shows and may write to: their own, the family's. What they only read,
 * a colleague's or the holidays, says when others are busy.
 */
async function listCalendars(walk: Walk): Promise<{ account: string; calendars: ListedCalendar[] }> {
  const calendars: ListedCalendar[] = [];
  let account: string | null = null;
  let pageToken: string | undefined;
  do {
    const parameters = { maxResults: "250", fields: calendarListFields, ...(pageToken && { pageToken }) };
    const page = await nextPage(walk, "/users/me/calendarList", parameters, calendarListPage);
    for (const entry of page.items) {
      const parsed = calendarListEntry.safeParse(entry);
      if (!parsed.success) continue;
      const { id, primary, selected, accessRole } = parsed.data;
      if (!primary && !(selected && (accessRole === "owner" || accessRole === "writer"))) continue;
      const key = hashOf(walk, id);
      if (primary) account = key;
      calendars.push({ key, path: `/calendars/${encodeURIComponent(id)}/events` });
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  if (account === null) throw new GoogleFault("bad_answer");
  const own = account;
  const primaryFirst = calendars.toSorted((a, b) => Number(b.key === own) - Number(a.key === own));
  return { account, calendars: primaryFirst.slice(0, maxCalendars) };
}

/** Salted, so that the same address of two people does not show. */
function hashOf({ salt }: Walk, calendarId: string): string {
  return sha256(`google calendar ${salt} ${calendarId}`).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}

/** Null where the calendar was deleted after it was listed. */
async function syncUnlessGone(
  walk: Walk,
  path: string,
  base: KeptCalendar | undefined,
  room: number,
): Promise<KeptCalendar | null> {
  try {
    return await syncCalendar(walk, path, base, room);
  } catch (error) {
    if (error instanceof GoogleFault && error.code === "not_found") return null;
    throw error;
  }
}

async function syncCalendar(
  walk: Walk,
  path: string,
  base: KeptCalendar | undefined,
  room: number,
): Promise<KeptCalendar> {
  if (base === undefined) return walkPages(walk, path, null, room);
  try {
    return await walkPages(walk, path, base, room);
  } catch (error) {
    if (!(error instanceof GoogleFault) || error.code !== "sync_token_gone") throw error;
    return walkPages(walk, path, null, room);
  }
}

/** All pages of a sync: from the beginning with null. */
async function walkPages(
  walk: Walk,
  path: string,
  base: KeptCalendar | null,
  room: number,
): Promise<KeptCalendar> {
  const pastMs = walk.clock.now() - keptBackMs;
  const changes = new Changes(base ?? { items: new Map(), dropped: 0 }, pastMs);
  // Filters cannot be repeated beside a sync token: it remembers them.
  const since: Record<string, string> =
    base === null ? { timeMin: new Date(pastMs).toISOString() } : { syncToken: base.syncToken };
  const query = { maxResults: pageSize, maxAttendees: "1", fields: eventsFields, ...since };
  let pageToken: string | undefined;
  for (;;) {
    const page = await nextPage(walk, path, { ...query, ...(pageToken && { pageToken }) }, eventsPage);
    for (const entry of page.items) changes.add(changeOf(entry, page.timeZone));
    if (page.nextSyncToken !== undefined) return changes.result(page.nextSyncToken, room);
    if (page.nextPageToken === undefined) throw new GoogleFault("bad_answer");
    pageToken = page.nextPageToken;
  }
}

function nextPage<S extends z.ZodType>(
  walk: Walk,
  path: string,
  parameters: Record<string, string>,
  schema: S,
): Promise<z.output<S>> {
  if (++walk.pages > maxPages) throw new GoogleFault("too_large");
  if (walk.clock.monotonic() > walk.untilMs) throw new GoogleFault("unavailable");
  return walk.session.get(path, parameters, schema);
}
