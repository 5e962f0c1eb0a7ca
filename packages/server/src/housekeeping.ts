import { purgeExpired } from "./accounts/service.ts";
import { purgeGoogle } from "./calendars/google-grants.ts";
import { pollDue } from "./calendars/polling.ts";
import { rereadStale } from "./calendars/rereading.ts";
import type { Context } from "./context.ts";
import { deleteCreatedUntil } from "./db/idempotency.ts";
import { purgeSnapshots } from "./feeds/snapshots.ts";
import { extendSeries } from "./events/service.ts";
import { keptMs } from "./http/idempotency.ts";
import { repeat } from "./lib/clock.ts";
import { purgeEventFixes, purgeLocations } from "./location/service.ts";
import { purgeStarts, takeWithdrawn } from "./meeting/consent.ts";
import { purgeUnshown, sweepFiles, sweepWork } from "./photos/sweep.ts";
import { purgeErased } from "./privacy/service.ts";
import { purgeAvailability } from "./schedule/consent.ts";
import { Retention } from "./streams/retention.ts";
import { purgeJourneys, TravelWatch } from "./travel/service.ts";

/** Fixes of an event are promised to be gone a minute after its window: this leaves room for a slow run. */
const fixesEveryMs = 20_000;
const travelEveryMs = 20_000;
const forgetting: ReadonlySet<string> = new Set(["sharing_changed", "share_changed", "member_left"]);
const restEveryMs = 5 * 60_000;
const filesEveryMs = 60 * 60_000;
const seriesEveryMs = 60 * 60_000;
const calendarsEveryMs = 30_000;

/** Deletes, again and again, what the server has promised to keep no longer. */
export function startHousekeeping(ctx: Context): { stop(): void } {
  let forgotten = false;
  const travel = new TravelWatch(ctx);
  // Without waiting for the first interval: who was on their way when the server stopped still is.
  const begun = ctx.clock.schedule(0, () => void onEach(ctx, "journeys", () => travel.tick()));
  const stopListening = ctx.bus.subscribe((message) => {
    travel.heard(message);
    // Somebody stopped sharing: their fixes are deleted, and now have to leave the files as well.
    if (forgetting.has(message.type)) forgotten = true;
    if (message.type !== "entry") return;
    // So has the address of a calendar that was removed.
    if (message.kind === "calendar" && message.data["removed"] === true) forgotten = true;
    // Somebody may be in another time zone.
    if (message.kind === "profile") void attempt(ctx, "kept calendars", rereadStale);
  });
  const forgetFixes = async (): Promise<void> => {
    const purged = await purgeEventFixes(ctx);
    if (takeWithdrawn(ctx)) forgotten = true;
    if (!purged && !forgotten) return;
    forgotten = false;
    if (!(await ctx.db.checkpoint())) forgotten = true;
  };
  const retention = new Retention(ctx);
  const stopped = new AbortController();
  const loops = [
    repeat(ctx.clock, fixesEveryMs, () => attempt(ctx, "event fixes", forgetFixes)),
    repeat(ctx.clock, travelEveryMs, () => onEach(ctx, "journeys", () => travel.tick())),
    repeat(ctx.clock, restEveryMs, () => attempt(ctx, "the rest", purgeRest)),
    repeat(ctx.clock, restEveryMs, () =>
      attempt(ctx, "old entries", async () => void (await retention.pass())),
    ),
    repeat(ctx.clock, calendarsEveryMs, () => attempt(ctx, "calendars", () => pollDue(ctx, stopped.signal))),
    repeat(ctx.clock, restEveryMs, () => attempt(ctx, "kept calendars", rereadStale)),
    repeat(ctx.clock, filesEveryMs, () => attempt(ctx, "files of photos", sweepFiles)),
    repeat(ctx.clock, filesEveryMs, () => onEach(ctx, "uploads cut off", sweepWork)),
    repeat(ctx.clock, seriesEveryMs, () => attempt(ctx, "series", extendSeries)),
  ];
  return {
    stop() {
      stopListening();
      begun.cancel();
      travel.stop();
      stopped.abort();
      for (const loop of loops) loop.cancel();
    },
  };
}

/** One pass over everything, to its end. */
export async function runHousekeeping(ctx: Context): Promise<void> {
  await purgeEventFixes(ctx);
  await purgeRest(ctx);
  await sweepFiles(ctx);
  await extendSeries(ctx);
  const retention = new Retention(ctx);
  while (!(await retention.pass()));
  await ctx.db.checkpoint();
}

async function purgeRest(ctx: Context): Promise<void> {
  await purgeLocations(ctx);
  await purgeExpired(ctx);
  await purgeGoogle(ctx);
  await purgeUnshown(ctx);
  await purgeAvailability(ctx);
  await purgeStarts(ctx);
  await purgeSnapshots(ctx);
  await purgeJourneys(ctx);
  if (await purgeErased(ctx)) await ctx.db.checkpoint();
  await ctx.db.write((tx) => deleteCreatedUntil(tx.sql, ctx.clock.now() - keptMs));
}

/** What each server does for itself, of its own memory and files or of what it has the leases of. */
async function onEach(
  ctx: Context,
  what: string,
  task: (ctx: Context) => Promise<void> | void,
): Promise<void> {
  try {
    await task(ctx);
  } catch (error) {
    ctx.log.error({ error, what }, "housekeeping failed");
  }
}

/**
 * A pass that fails is logged and made up for by the next. Of several servers one does it, and once another has taken it
 * over, no unit of it changes anything.
 */
async function attempt(ctx: Context, what: string, task: (ctx: Context) => Promise<void>): Promise<void> {
  try {
    await ctx.leases.run(what, () => task(ctx));
  } catch (error) {
    ctx.log.error({ error, what }, "housekeeping failed");
  }
}
