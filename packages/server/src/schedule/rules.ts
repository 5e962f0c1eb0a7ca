import { type BusyBlock, limits, toWireNumber } from "@jarvis/contract";
import { mergeSpans, type Span } from "./span-rules.ts";

const day = 24 * 60 * 60_000;
export const quarterMs = 15 * 60_000;

/** What of somebody's time others may learn at all: yesterday to three months ahead. */
export function openWindow(now: number): Span {
  return { fromMs: now - day, toMs: now + 90 * day };
}

const longestMs = limits.rangeDays * day;

/** The range that a query asks for, in unix seconds; what is left out is the open window's, within what a range may span. */
export function rangeOf(
  query: { from?: number | undefined; to?: number | undefined },
  now: number,
): Span | null {
  const open = openWindow(now);
  const fromMs = query.from === undefined ? earliestFor(query.to, open) : query.from * 1_000;
  const toMs = query.to === undefined ? latestFor(fromMs, open) : query.to * 1_000;
  return fromMs <= toMs && toMs - fromMs <= longestMs ? { fromMs, toMs } : null;
}

/** What a consent speaks of; null where it is no range, or one that has passed. */
export function consentRange(input: { from: number; to: number }, now: number): Span | null {
  const fromMs = Math.round(input.from * 1_000);
  const toMs = Math.round(input.to * 1_000);
  return fromMs < toMs && toMs > now && toMs - fromMs <= longestMs ? { fromMs, toMs } : null;
}

const suggestedMs = 14 * day;

/** The range in which a time is looked for; what is left out: from now, two weeks. Nothing that has passed suits. */
export function searchRange(
  query: { from?: number | undefined; to?: number | undefined },
  now: number,
): Span | null {
  const fromMs = query.from === undefined ? now : query.from * 1_000;
  const toMs = query.to === undefined ? Math.max(fromMs, now) + suggestedMs : query.to * 1_000;
  const isTooLong = query.to !== undefined && toMs - fromMs > longestMs;
  return fromMs > toMs || isTooLong ? null : { fromMs: Math.max(fromMs, now), toMs };
}

function earliestFor(to: number | undefined, open: Span): number {
  if (to === undefined) return open.fromMs;
  const toMs = to * 1_000;
  return toMs > open.fromMs ? Math.max(open.fromMs, toMs - longestMs) : toMs - 91 * day;
}

function latestFor(fromMs: number, open: Span): number {
  return fromMs < open.toMs ? Math.min(open.toMs, fromMs + longestMs) : fromMs + 91 * day;
}

/** The quarters of an hour, as a range, of which a free/busy answer may speak: whole ones inside the open window only. */
export function busyWindow(range: Span, now: number): Span {
  const open = openWindow(now);
  return {
    fromMs: Math.max(floor(range.fromMs), ceil(open.fromMs)),
    toMs: Math.min(ceil(range.toMs), floor(open.toMs)),
  };
}

/**
 * Free/busy of these spans inside the window: rounded outward to quarters of an hour, merged, cut. Merging comes after
 * rounding, so that neither the length nor the number of the events shows.
 */
export function busyBlocks(spans: readonly Span[], window: Span): Span[] {
  const rounded = spans
    .map(({ fromMs, toMs }) => ({
      fromMs: Math.max(floor(fromMs), window.fromMs),
      toMs: Math.min(ceil(toMs), window.toMs),
    }))
    .filter(({ fromMs, toMs }) => fromMs < toMs);
  return mergeSpans(rounded);
}

/** Busy times as a calendar for the search: pairs of quarters of an hour since 1970, rounded outward, merged, in order. */
export function quartersOf(spans: readonly Span[]): Uint32Array {
  const always = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  const blocks = busyBlocks(spans, always);
  return Uint32Array.from(blocks.flatMap(({ fromMs, toMs }) => [fromMs / quarterMs, toMs / quarterMs]));
}

function floor(ms: number): number {
  return Math.floor(ms / quarterMs) * quarterMs;
}

function ceil(ms: number): number {
  return Math.ceil(ms / quarterMs) * quarterMs;
}

/** Busy pairs of quarters of an hour since 1970, as far as they touch the window. */
export function spansOf(quarters: Uint32Array, window: Span): Span[] {
  const spans: Span[] = [];
  for (let index = 0; index + 1 < quarters.length; index += 2) {
    const fromMs = (quarters[index] ?? 0) * quarterMs;
    const toMs = (quarters[index + 1] ?? 0) * quarterMs;
    if (fromMs < window.toMs && toMs > window.fromMs) spans.push({ fromMs, toMs });
  }
  return spans;
}

export function renderBusy({ fromMs, toMs }: Span): BusyBlock {
  return {
    start_time: toWireNumber(fromMs / 1_000),
    duration: toWireNumber((toMs - fromMs) / 1_000),
    busy: true,
  };
}
