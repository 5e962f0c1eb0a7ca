import type { UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { type FailureCode, horizon, type Range, type Reading } from "./rules.ts";

/** What a text says of when a person is busy; how often it wants to be read; or why it says nothing. */
export type Read =
  | { readonly reading: Reading; readonly refreshMs: number | null }
  | { readonly fault: Extract<FailureCode, "not_a_calendar" | "too_large" | "too_expensive"> };

/**
 * Reads iCalendar, or what was kept of one, for this person's time zone. People take turns: one whose calendars are
 * expensive keeps nobody else waiting. Throws `unavailable` where too much waits already.
 */
export async function readText(
  ctx: Context,
  user: UserId,
  text: Uint8Array,
  zone: string,
  range: Range = horizon(ctx.clock.now()),
): Promise<Read> {
  const read = await ctx.calendarWork.turns.run(user, () =>
    ctx.calendars.read({ text, timeZone: zone, fromMs: range.fromMs, untilMs: range.untilMs }),
  );
  if ("fault" in read) return read;
  const { busy, events, skipped, kept, refreshMs } = read;
  return { reading: { busy, events, skipped, kept, zone, range }, refreshMs };
}
