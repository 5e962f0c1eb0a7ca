import type { EventId, OnlineState, UserId } from "@jarvis/contract";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Sql } from "../db/database.ts";
import { notFound } from "../lib/app-error.ts";
import { isId } from "../lib/ids.ts";
import { onlineKey } from "../lib/online-people.ts";
import { findLastSeen, listCircles, upsertLastSeen } from "./online-store.ts";
import { canSee } from "./relations.ts";
import { canSeeOnline, toMinute } from "./rules.ts";

export { listPeopleIn as peopleIn } from "./online-store.ts";

/** All that decides who may know whether somebody is online. Of those who do not show it, nothing is looked up. */
export interface Circle {
  readonly shows: boolean;
  readonly friends: ReadonlySet<UserId>;
  /** In either direction. */
  readonly blocked: ReadonlySet<UserId>;
  /** Events that are neither passed nor cancelled, in which others know them, and when each ends. */
  readonly events: ReadonlyMap<EventId, number | null>;
}

const hidden: Circle = { shows: false, friends: new Set(), blocked: new Set(), events: new Map() };

/** The circles of many people as of one moment, in one query. */
export async function circlesOf(
  sql: Sql,
  users: readonly UserId[],
  now: number,
): Promise<(user: UserId) => Circle> {
  const circles = new Map<string, ReturnType<typeof emptyCircle>>();
  for (const { user_id, kind, other, end_ms } of await listCircles(sql, users, now)) {
    const circle = circles.get(user_id) ?? emptyCircle();
    circles.set(user_id, circle);
    // The column holds ids of both kinds; `kind` says which.
    if (kind === "event") circle.events.set(other as EventId, end_ms);
    else if (kind === "friend") circle.friends.add(other as UserId);
    else if (kind === "blocked") circle.blocked.add(other as UserId);
  }
  return (user) => circles.get(user) ?? hidden;
}

function emptyCircle() {
  return {
    shows: true,
    friends: new Set<UserId>(),
    blocked: new Set<UserId>(),
    events: new Map<EventId, number | null>(),
  };
}

/** Whether somebody is online, as far as the viewer may know it; `not_found` for whoever is no relation. */
export async function presenceOf(ctx: Context, viewer: Viewer, id: UserId): Promise<OnlineState> {
  const sql = ctx.db.read;
  if (!isId(id) || !(await canSee(sql, viewer.id, id))) throw notFound();
  const now = ctx.clock.now();
  const circles = await circlesOf(sql, [viewer.id, id], now);
  const own = circles(viewer.id);
  const theirs = circles(id);
  const sight = {
    bothShow: own.shows && theirs.shows,
    friends: own.friends.has(id),
    together: [...own.events.keys()].some((event) => theirs.events.has(event)),
    blocked: own.blocked.has(id),
  };
  const mayKnow = viewer.id === id ? own.shows : canSeeOnline(sight);
  if (!mayKnow) return { online: null, last_seen_ms: null };
  if (ctx.online.has(id) || (await isOnlineElsewhere(ctx, id)))
    return { online: true, last_seen_ms: toMinute(now) };
  return { online: false, last_seen_ms: await lastSeen(ctx, id) };
}

/** On another node. While those cannot be asked, nobody is. */
async function isOnlineElsewhere({ bus, log }: Context, user: UserId): Promise<boolean> {
  if (bus.values === null || bus.health() !== "connected") return false;
  const key = onlineKey(user);
  try {
    return (await bus.values.which([key])).has(key);
  } catch (error) {
    log.debug({ error }, "whether somebody is online elsewhere was not found out");
    return false;
  }
}

/** What is held about the caller themselves. */
export async function ownLastSeen(ctx: Context, user: UserId): Promise<number | null> {
  const { shows } = (await circlesOf(ctx.db.read, [user], ctx.clock.now()))(user);
  return shows ? lastSeen(ctx, user) : null;
}

async function lastSeen(ctx: Context, user: UserId): Promise<number | null> {
  return ctx.online.seenMs(user) ?? (await findLastSeen(ctx.db.read, user));
}

/** So many in one unit of work, between which others write. */
const storedTogether = 500;

/** Stores when people were last seen, except of those who have gone or stopped showing it meanwhile. */
export async function storeLastSeen(ctx: Context, seen: readonly [UserId, number][]): Promise<void> {
  for (let next = 0; next < seen.length; next += storedTogether) {
    await ctx.db.write(async (tx) => {
      for (const [user, seenMs] of seen.slice(next, next + storedTogether))
        await upsertLastSeen(tx.sql, user, seenMs);
    });
  }
}
