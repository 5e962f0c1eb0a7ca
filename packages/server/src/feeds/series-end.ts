import type { Context } from "../context.ts";
import { hasEnd } from "../events/recurrence-rules.ts";
import { AppError } from "../lib/app-error.ts";
import { BoundedMap } from "../lib/bounded-map.ts";
import type { OccurrenceRow, PartRow } from "./store.ts";

const endOfTimeMs = 253_402_300_799_000;
const startsAtMost = 2_000;
const cachedAtMost = 1_000;

const ends = new BoundedMap<string, { last: number | null }>(cachedAtMost);

/**
 * The last original start of a part: of the occurrences that are there, where there will be no more. A rule that ends
 * beyond them is asked, once; so its end is said in the same words until then. Null: there is no end.
 */
export async function lastStart(
  ctx: Context,
  part: PartRow,
  rows: readonly OccurrenceRow[],
  isCancelled: boolean,
): Promise<number | null> {
  if (part.until_ms === null || isCancelled) return rows.at(-1)?.original_start_ms ?? null;
  return hasEnd(part.rule) ? lastOfRule(ctx, part) : null;
}

async function lastOfRule(ctx: Context, part: PartRow): Promise<number | null> {
  const { rule, anchor: start, zone: timeZone, from_ms: fromMs } = part;
  const key = [rule, start, timeZone, fromMs].join(" ");
  const known = ends.get(key);
  if (known !== undefined) return known.last;
  const asked = { rule, start, timeZone, fromMs, untilMs: endOfTimeMs, limit: startsAtMost };
  const expanded = await ctx.calendars.expandRule(asked);
  // It was expanded before: a machine that is too busy for it now has time for it later.
  if ("fault" in expanded) throw new AppError("unavailable");
  const last = expanded.more ? null : (expanded.starts.at(-1) ?? null);
  ends.set(key, { last });
  return last;
}
