import type { BodyOf, Calendar, CalendarId, contract, UserId } from "@jarvis/contract";
import { limits } from "@jarvis/contract";
import type { SentDocument, Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { isId } from "../lib/ids.ts";
import { fetchUrl } from "./fetching.ts";
import { readAgain } from "./polling.ts";
import { readText } from "./reading.ts";
import { busyQuarters, decodeBusy, hostOf, toCalendar } from "./rules.ts";
import {
  type CalendarKey,
  countCalendars,
  findCalendar,
  findZone,
  listBusy,
  listCalendars as listRows,
  listWithBusy,
} from "./store.ts";
import { connectCalendar, forgetCalendar } from "./storing.ts";

type Asked = BodyOf<typeof contract.calendars.addCalendar>;

const fileName = "Calendar";
/** One sentence for every reason, so that it tells nothing of what is behind the address, and all that a person can mend. */
const unreadable =
  "No calendar could be read there: the address has to be complete (https, http or webcal), open to everybody who knows it, on the public internet, and answer within 10 seconds with an iCalendar file of at most 1 MiB";

/** Connects a calendar: behind an address, or in a file that is sent. */
export async function addCalendar(
  ctx: Context,
  viewer: Viewer,
  body: Exclude<Asked, { google: true }> | SentDocument,
  name: string | undefined,
): Promise<Calendar> {
  await requireRoom(ctx.db.read, viewer.id); // before any work; the unit that stores it asks again
  using slot = ctx.calendarWork.slots.take(viewer.id);
  if (slot === null)
    throw new AppError("unavailable", { detail: "Too many calendars are being read", retryAfterS: 5 });
  if ("bytes" in body)
    return importFile(ctx, viewer.id, await slot.receive((cut) => body.bytes(cut)), name ?? fileName);
  return connectUrl(ctx, viewer.id, body.url, body.name ?? name);
}

async function requireRoom(sql: Sql, user: UserId): Promise<void> {
  if ((await countCalendars(sql, user)) >= limits.calendars)
    throw new AppError("limit_exceeded", { detail: `A person has at most ${limits.calendars} calendars` });
}

async function connectUrl(
  ctx: Context,
  user: UserId,
  url: string,
  name: string | undefined,
): Promise<Calendar> {
  const outcome = await fetchUrl(ctx, { user, url, etag: null, lastModified: null });
  if (outcome.kind !== "read")
    throw new AppError("invalid_input", {
      detail: unreadable,
      errors: [{ path: "url", message: unreadable }],
    });
  const host = hostOf(url);
  return connectCalendar(ctx, { user, kind: "url", name: name ?? host, url, host }, outcome);
}

async function importFile(ctx: Context, user: UserId, text: Uint8Array, name: string): Promise<Calendar> {
  const zone = await findZone(ctx.db.read, user);
  if (zone === undefined) throw new AppError("unauthenticated");
  const read = await readText(ctx, user, text, zone);
  if ("fault" in read) throw faults[read.fault]();
  return connectCalendar(
    ctx,
    { user, kind: "file", name },
    { kind: "read", ...read, etag: null, lastModified: null },
  );
}

const faults = {
  not_a_calendar: () =>
    new AppError("invalid_input", { detail: "This is no calendar in the iCalendar form" }),
  too_large: () => new AppError("too_large", { detail: "This calendar is too large" }),
  too_expensive: () =>
    new AppError("limit_exceeded", { detail: "This calendar takes too much work to read" }),
};

export async function listCalendars(ctx: Context, viewer: Viewer): Promise<Calendar[]> {
  return (await listRows(ctx.db.read, viewer.id)).map(toCalendar);
}

/** Reads a calendar now. What cannot be read is answered as it then is: `failing`. */
export async function refreshCalendar(ctx: Context, viewer: Viewer, id: CalendarId): Promise<Calendar> {
  const key = keyOf(viewer, id);
  const row = await findCalendar(ctx.db.read, key);
  if (row === undefined) throw notFound();
  if (row.kind === "file")
    throw new AppError("unsupported", { detail: "A file cannot be read again: import the new one" });
  using slot = ctx.calendarWork.slots.take(viewer.id);
  if (slot === null)
    throw new AppError("unavailable", { detail: "Too many calendars are being read", retryAfterS: 5 });
  const read = await readAgain(ctx, key);
  if (read === null) throw notFound(); // removed meanwhile
  return read;
}

export async function removeCalendar(ctx: Context, viewer: Viewer, id: CalendarId): Promise<void> {
  const key = keyOf(viewer, id);
  await ctx.db.write(async (tx) => {
    if (!(await forgetCalendar(ctx, tx, key))) throw notFound();
  });
}

function keyOf(viewer: Viewer, id: CalendarId): CalendarKey {
  if (!isId(id)) throw notFound();
  return { user: viewer.id, id };
}

/**
 * When these people are busy by the calendars that they have connected, as pairs of quarters of an hour since 1970 (from …
 * to, the end excluded): one array for each calendar. Who has none is absent.
 */
export async function busyOf(sql: Sql, users: readonly UserId[]): Promise<Map<UserId, Uint32Array[]>> {
  const byUser = new Map<UserId, Uint32Array[]>();
  for (const { user_id, busy } of await listBusy(sql, users)) {
    const known = byUser.get(user_id);
    if (known === undefined) byUser.set(user_id, [decodeBusy(busy)]);
    else known.push(decodeBusy(busy));
  }
  return byUser;
}

/** All that is held of a person's calendars: their addresses too, which are theirs, and how much of their time is busy by each. */
export async function ownCalendars(sql: Sql, user: UserId) {
  return (await listWithBusy(sql, user)).map((row) => {
    const { url, zone } = row;
    const busy_quarters = busyQuarters(decodeBusy(row.busy));
    return Object.assign(toCalendar(row), { url, time_zone: zone, busy_quarters });
  });
}
