import type { Context } from "../context.ts";
import { AppError } from "../lib/app-error.ts";
import { hasEnd, parseRecurrence } from "./recurrence-rules.ts";

const dayMs = 24 * 60 * 60_000;
/** Occurrences exist so far ahead, so far back where a series began earlier, and so many. */
export const aheadMs = 400 * dayMs;
const backMs = 400 * dayMs;
const atMost = 2_000;
const endOfTimeMs = 253_402_300_799_000;

/** What a series goes on by. */
export interface Repeating {
  rule: string;
  anchor: string;
  zone: string;
}

/** Original starts, and up to where they are all; null: there will never be more. */
export interface Starts {
  starts: number[];
  until_ms: number | null;
}

const noRule = 'is no recurrence rule (RFC 5545), like "FREQ=WEEKLY;BYDAY=TU"';
export const startNotGiven = "does not give the event's own start, which has to be its first";

/** The rule of a call's text. */
export function requireRule(text: string): string {
  const parsed = parseRecurrence(text);
  if ("rule" in parsed) return parsed.rule;
  if (parsed.fault === "unsupported") throw tooFine();
  throw badRule(noRule);
}

export function badRule(message: string): AppError {
  return new AppError("invalid_input", {
    detail: `recurrence ${message}`,
    errors: [{ path: "recurrence", message }],
  });
}

function tooFine(): AppError {
  return new AppError("unsupported", {
    detail: "A recurrence is daily or less often, and not too expensive to expand",
  });
}

/** The starts that a rule gives from … to (excluded); outside of any unit of work, for it takes its time. */
export async function expand(
  ctx: Pick<Context, "calendars">,
  { rule, anchor, zone }: Repeating,
  fromMs: number,
  toMs: number,
): Promise<Starts> {
  // One that ends by itself is asked for all that is left of it, so that the end is known.
  const ends = hasEnd(rule);
  const expanded = await ctx.calendars.expandRule({
    rule,
    start: anchor,
    timeZone: zone,
    fromMs,
    untilMs: ends ? endOfTimeMs : toMs,
    limit: atMost,
  });
  if ("fault" in expanded) throw faultOf(expanded.fault);
  const starts = expanded.starts.filter((start) => start < toMs);
  const isAll = ends && !expanded.more && starts.length === expanded.starts.length;
  const reached =
    expanded.more && starts.length === expanded.starts.length ? (starts.at(-1) ?? fromMs) + 1 : toMs;
  return { starts, until_ms: isAll ? null : reached };
}

function faultOf(fault: "bad_rule" | "not_synchronised" | "too_expensive"): AppError {
  if (fault === "too_expensive") return tooFine();
  return badRule(fault === "bad_rule" ? noRule : startNotGiven);
}

/** Those of a new series: from its start, but not from long ago, to as far ahead as they are kept. Always one at least. */
export async function expandFromStart(
  ctx: Pick<Context, "calendars" | "clock">,
  repeating: Repeating,
  startMs: number,
): Promise<Starts> {
  const now = ctx.clock.now();
  const toMs = Math.max(now + aheadMs, startMs + 1);
  const found = await expand(ctx, repeating, Math.max(startMs, now - backMs), toMs);
  if (found.starts.length > 0) return found;
  // It was over long ago.
  const { starts } = await expand(ctx, repeating, startMs, startMs + 1);
  return { starts, until_ms: found.until_ms };
}
