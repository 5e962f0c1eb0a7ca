import type { EventId } from "@jarvis/contract";
import { occurrenceId } from "../lib/ids.ts";
import { newOccurrence, partAt, rewritten } from "./occurrences.ts";
import { isAhead, type SeriesFacts, type SeriesPlan } from "./series-plan.ts";
import type { PartRow } from "./series-store.ts";
import type { EventRow } from "./store.ts";

/** A series after a change, and what of its occurrences is different. */
export interface SeriesState {
  parts: readonly PartRow[];
  partsChanged: boolean;
  rows: readonly EventRow[];
  updated: readonly EventRow[];
  inserted: readonly EventRow[];
  deleted: readonly EventId[];
  /** The first original start of new ones that is not over. */
  firstNewMs: number | null;
}

export function applied(facts: SeriesFacts, plan: SeriesPlan, now: number): SeriesState {
  return plan.renewed === null ? changed(facts, plan, now) : renewed(facts, plan, plan.renewed, now);
}

/** Other words, place or time of day: every occurrence stays. */
function changed({ rows, parts: before }: SeriesFacts, plan: SeriesPlan, now: number): SeriesState {
  const isWorthIt = Object.keys(plan.template).length > 0;
  const split = isWorthIt ? splitAt(before, plan.fromMs) : before;
  const parts = split.map((part) =>
    part.from_ms < plan.fromMs ? part : Object.assign({}, part, plan.template),
  );
  const updated = rows.flatMap((row) => rewrittenIn(row, parts, plan.fromMs, now));
  const byId = new Map(updated.map((row) => [row.id, row]));
  return {
    parts,
    partsChanged: !Bun.deepEquals(parts, before),
    rows: rows.map((row) => byId.get(row.id) ?? row),
    updated,
    inserted: [],
    deleted: [],
    firstNewMs: null,
  };
}

function rewrittenIn(row: EventRow, parts: readonly PartRow[], fromMs: number, now: number): EventRow[] {
  const original = row.original_start_ms ?? 0;
  if (original < fromMs || row.cancelled === 1 || !isAhead(row, now)) return [];
  const part = partAt(parts, original);
  const after = part && rewritten(row, part, now);
  return after ? [after] : [];
}

/** The same parts, with one that begins there. */
function splitAt(parts: readonly PartRow[], fromMs: number): PartRow[] {
  const within = parts.findLastIndex(({ from_ms }) => from_ms <= fromMs);
  const part = parts[within];
  if (part === undefined || part.from_ms === fromMs) return [...parts];
  return [
    ...parts.slice(0, within),
    { ...part, until_ms: null },
    { ...part, from_ms: fromMs },
    ...parts.slice(within + 1),
  ];
}

/** Another rule, or other days: what it does not give any more goes, what it gives too stays, the rest is new. */
function renewed(
  { series, rows, parts: before }: SeriesFacts,
  plan: SeriesPlan,
  { starts, until_ms, ...repeating }: NonNullable<SeriesPlan["renewed"]>,
  now: number,
): SeriesState {
  const base = partAt(before, plan.referenceMs);
  if (base === undefined) throw new Error(`series ${series.id} has no part`);
  const part = { ...base, ...plan.template, ...repeating, until_ms };
  const following = plan.scope === "following";
  const wanted = starts.filter((start) => isAhead(newOccurrence(series, part, start, now), now));
  const beginMs = Math.min(...wanted.slice(0, 1), following ? plan.fromMs : now);
  const fromMs = following ? beginMs : Number.NEGATIVE_INFINITY;
  const replaced = rows.filter((row) => (row.original_start_ms ?? 0) >= fromMs && isAhead(row, now));
  // Also starts that are over: what was put off is still to come.
  const ids = new Set<string>(starts.map((start) => occurrenceId(series.id, start)));
  const isPutOff = (row: EventRow) => (row.original_start_ms ?? 0) < beginMs && ids.has(row.id);
  const earlier = endedAt(before, beginMs);
  // The rule is another; what a part is called, and where it is, stays.
  const later = before
    .filter(({ from_ms }) => from_ms > (following ? plan.fromMs : beginMs))
    .map((old) => Object.assign({}, old, plan.template, repeating));
  const parts = [
    ...(replaced.some(isPutOff) ? earlier.map((old) => Object.assign({}, old, plan.template)) : earlier),
    ...endingAt([{ ...part, from_ms: beginMs }, ...later], until_ms),
  ];
  const deleted = replaced.filter(({ id }) => !ids.has(id)).map(({ id }) => id);
  const gone = new Set(deleted);
  const known = new Set<string>(rows.map(({ id }) => id));
  const updated = replaced
    .filter(({ id }) => ids.has(id))
    .flatMap((row) => rewrittenIn(row, parts, fromMs, now));
  const inserted = wanted
    .filter((start) => !known.has(occurrenceId(series.id, start)))
    .map((start) => newOccurrence(series, partAt(parts, start) ?? part, start, now));
  const left = [...rows.filter(({ id }) => !gone.has(id)), ...inserted];
  return {
    parts: inhabited(parts, left),
    partsChanged: true,
    rows: left,
    updated,
    inserted,
    deleted,
    firstNewMs: wanted[0] ?? null,
  };
}

/** The last of them goes on from there, or never; the others go no further than they do. */
function endingAt(parts: readonly PartRow[], until_ms: number | null): PartRow[] {
  return parts.map((part, index) =>
    Object.assign({}, part, { until_ms: index === parts.length - 1 ? until_ms : null }),
  );
}

/** Without those of which no occurrence is left: they say nothing any more. The last one goes on. */
function inhabited(parts: readonly PartRow[], rows: readonly EventRow[]): PartRow[] {
  const kept = new Set(rows.map((row) => partAt(parts, row.original_start_ms ?? 0)));
  return parts.filter((part, index) => index === parts.length - 1 || kept.has(part));
}

/** The parts before an instant; they give no more than is there. */
export function endedAt(parts: readonly PartRow[], ms: number): PartRow[] {
  return parts
    .filter(({ from_ms }) => from_ms < ms)
    .map((part) => Object.assign({}, part, { until_ms: null }));
}
