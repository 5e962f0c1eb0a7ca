import type { UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { isCompressed } from "../lib/calendar/content-lines.ts";
import type { ReadFault } from "../lib/calendar/work.ts";
import { horizon, type Reading } from "./rules.ts";

/** What a text says of when a person is busy; how often it wants to be read; or why it says nothing. */
export type Read =
  | { readonly reading: Reading; readonly refreshMs: number | null }
  | { readonly fault: ReadFault };

/** Reads what came from elsewhere, for this person's time zone. Throws `unavailable` where too much waits already. */
export async function readText(ctx: Context, user: UserId, text: Uint8Array, zone: string): Promise<Read> {
  // Only what we have compressed ourselves is unpacked: of anything else nobody knows how much would come out.
  if (isCompressed(text)) return { fault: "not_a_calendar" };
  return read(ctx, user, text, zone);
}

/** Reads what was kept of a calendar. */
export function readKept(ctx: Context, user: UserId, kept: Uint8Array, zone: string): Promise<Read> {
  return read(ctx, user, kept, zone);
}

/** People take turns: one whose calendars are expensive keeps nobody else waiting. */
async function read(ctx: Context, user: UserId, text: Uint8Array, zone: string): Promise<Read> {
  const range = horizon(ctx.clock.now());
  const times = await ctx.calendarWork.turns.run(user, () =>
    ctx.calendars.read({ text, timeZone: zone, fromMs: range.fromMs, untilMs: range.untilMs }),
  );
  if ("fault" in times) return times;
  const { busy, events, skipped, kept, refreshMs } = times;
  return { reading: { busy, events, skipped, kept, zone, range }, refreshMs };
}
