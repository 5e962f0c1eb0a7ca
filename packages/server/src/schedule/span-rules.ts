/** From … to in milliseconds since 1970, the end excluded. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The same time in as few spans as it takes, in order: what touches or overlaps is one. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = merged.at(-1);
    if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else merged.push({ fromMs, toMs });
  }
  return merged;
}
