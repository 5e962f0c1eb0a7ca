import type { BusyBlock, Event, Profile, UserId } from "@jarvis/contract";
import { settingsOf } from "../accounts/rules.ts";
import { busyOf } from "../calendars/service.ts";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { renderEvents } from "../events/service.ts";
import { areFriends, canSee } from "../friends/relations.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { isId } from "../lib/ids.ts";
import type { Span } from "./span-rules.ts";
import { busyBlocks, busyWindow, rangeOf, renderBusy, spansOf } from "./rules.ts";
import { findUser, listOwn, listRest, listShared, type UserRow } from "./store.ts";

/** A schedule is one answer without pages: this many events bound it. */
const eventsAtMost = 1_000;

interface RangeQuery {
  from?: number | undefined;
  to?: number | undefined;
}

/** A user and their schedule, as far as the viewer may know them; `not_found` for whoever is no relation. */
export async function profileOf(
  ctx: Context,
  viewer: Viewer,
  id: UserId,
  query: RangeQuery,
): Promise<Profile> {
  const sql = ctx.db.read;
  // Asked before the account is looked up: whoever is hidden takes as long as whoever is not there.
  const user = isId(id) && (await canSee(sql, viewer.id, id)) ? await findUser(sql, id) : undefined;
  if (user === undefined) throw notFound();
  const range = requireRange(query, ctx.clock.now());
  return id === viewer.id ? ownProfile(ctx, viewer, user, range) : profileForOther(ctx, viewer, user, range);
}

function requireRange(query: RangeQuery, now: number): Span {
  const range = rangeOf(query, now);
  if (range !== null) return range;
  const message = "from … to must be in order and span at most 400 days";
  throw new AppError("invalid_input", { detail: message, errors: [{ path: "query.from", message }] });
}

async function ownProfile(ctx: Context, viewer: Viewer, user: UserRow, range: Span): Promise<Profile> {
  const rows = await listOwn(ctx.db.read, { user: viewer.id, ...range, limit: eventsAtMost });
  return {
    id: user.id,
    username: user.username,
    schedule: await renderEvents(ctx, ctx.db.read, viewer.id, rows),
    email: user.email,
    email_confirmed: user.email_confirmed === 1,
    time_zone: user.time_zone,
    locale: user.locale,
    settings: settingsOf(user),
    version: user.version,
  };
}

async function profileForOther(ctx: Context, viewer: Viewer, user: UserRow, range: Span): Promise<Profile> {
  const rows = await listShared(ctx.db.read, {
    user: user.id,
    viewer: viewer.id,
    ...range,
    limit: eventsAtMost,
  });
  const events = await renderEvents(ctx, ctx.db.read, viewer.id, rows);
  const busy = await busyFor(ctx, ctx.db.read, viewer, user, range);
  return { id: user.id, username: user.username, schedule: [...events, ...busy].toSorted(byStart) };
}

/** Friends may learn when somebody is busy, if that person says so; never with what. */
async function busyFor(
  ctx: Context,
  sql: Sql,
  viewer: Viewer,
  user: UserRow,
  range: Span,
): Promise<BusyBlock[]> {
  if (user.busy_for !== "friends" || !(await areFriends(sql, viewer.id, user.id))) return [];
  const window = busyWindow(range, ctx.clock.now());
  const rows = await listRest(sql, { user: user.id, viewer: viewer.id, ...window });
  const spans = rows.map(({ start_ms, duration_ms }) => ({
    fromMs: start_ms ?? 0, // never null: the query compares it
    toMs: (start_ms ?? 0) + duration_ms,
  }));
  const imported = (await busyOf(sql, [user.id])).get(user.id) ?? [];
  const others = imported.flatMap((quarters) => spansOf(quarters, window));
  return busyBlocks([...spans, ...others], window).map(renderBusy);
}

function byStart(a: Event | BusyBlock, b: Event | BusyBlock): number {
  return Number(a.start_time) - Number(b.start_time);
}
