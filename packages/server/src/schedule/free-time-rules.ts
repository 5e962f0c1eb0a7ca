import type { Span } from "./span-rules.ts";
import { quarterMs } from "./rules.ts";

/**
 * Where a time is looked for. All starts lie on quarters of an hour: number 0 is quarter `first` since 1970, and
 * `count` of them leave room for the duration before the range ends.
 */
export interface Search {
  readonly first: number;
  readonly count: number;
  readonly durationMs: number;
  /** The duration in quarters, rounded up. */
  readonly length: number;
}

export function searchOf({ fromMs, toMs }: Span, durationMs: number): Search {
  const first = Math.ceil(fromMs / quarterMs);
  const last = Math.floor((toMs - durationMs) / quarterMs);
  return {
    first,
    count: Math.max(0, last - first + 1),
    durationMs,
    length: Math.ceil(durationMs / quarterMs),
  };
}

/** All time that slots may take up, in whole quarters. */
export function spanOf({ first, count, length }: Search): Span {
  return { fromMs: first * quarterMs, toMs: (first + count - 1 + length) * quarterMs };
}

/** A run of starts, the end excluded. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

/** The starts whose whole slot lies in the span. */
export function startsWithin({ first, count, durationMs }: Search, { fromMs, toMs }: Span): Run {
  const from = Math.max(0, Math.ceil(fromMs / quarterMs) - first);
  const to = Math.min(count, Math.floor((toMs - durationMs) / quarterMs) - first + 1);
  return { from, to: Math.max(from, to) };
}

/** The starts whose slot does not lie in one of the spans as a whole; they are in order and do not touch. */
export function startsOutside(search: Search, spans: readonly Span[]): Run[] {
  const outside: Run[] = [];
  let from = 0;
  for (const span of spans) {
    const inside = startsWithin(search, span);
    if (inside.from >= inside.to) continue;
    if (from < inside.from) outside.push({ from, to: inside.from });
    from = inside.to;
  }
  if (from < search.count) outside.push({ from, to: search.count });
  return outside;
}

/** What somebody has said of a time, in ascending order of what counts where several options cover a slot. */
export const answers = ["no", "if_needed", "yes"] as const;
export type Answer = (typeof answers)[number];

/** Somebody as the search sees them. */
export interface Candidate {
  readonly required: boolean;
  /** Quarters of which they let their calendar be used, end excluded; null: they do not share. */
  readonly shared: Run | null;
  /** Their calendars: pairs of quarters [first, after the last), in order and apart in each. */
  readonly busy: readonly Uint32Array[];
  /** Quarters kept free before and after what they are busy with. */
  readonly buffer: number;
  /** Starts outside their hours; the same array for everybody with the same hours. */
  readonly outside: readonly Run[];
  /** Starts that an option covers on which they voted. */
  readonly votes: readonly (Run & { readonly answer: Answer })[];
}

/** How somebody stands to a start. A vote says more than a calendar, and both more than nothing. */
export const standing = { unknown: 0, free: 1, outside: 2, busy: 3, no: 4, if_needed: 5, yes: 6 } as const;
export type Standing = (typeof standing)[keyof typeof standing];
export const standings = 7;

/** The starts at which a known person is known: the slot's quarters lie in what they share. */
function knownStarts({ first, count, length }: Search, { shared }: Candidate): Run {
  if (shared === null) return { from: 0, to: 0 };
  const from = Math.max(0, shared.from - first);
  return { from, to: Math.max(from, Math.min(count, shared.to - length - first + 1)) };
}

/**
 * Writes for every start how this person stands to it. What is painted later counts more, so that nothing has to be
 * merged: linear in the starts and in the entries of the calendars.
 */
export function paint(search: Search, candidate: Candidate, onto: Uint8Array): void {
  onto.fill(standing.unknown);
  const known = knownStarts(search, candidate);
  if (known.from < known.to) paintCalendar(search, candidate, known, onto);
  for (const answer of answers) {
    for (const vote of candidate.votes) {
      if (vote.answer === answer) onto.fill(standing[answer], vote.from, vote.to);
    }
  }
}

function paintCalendar(search: Search, candidate: Candidate, known: Run, onto: Uint8Array): void {
  onto.fill(standing.free, known.from, known.to);
  for (const run of candidate.outside) {
    const from = Math.max(run.from, known.from);
    const to = Math.min(run.to, known.to);
    if (from < to) onto.fill(standing.outside, from, to);
  }
  const { shared, buffer } = candidate;
  if (shared === null) return;
  const before = search.length + buffer - 1 + search.first;
  for (const calendar of candidate.busy) {
    for (let at = firstAfter(calendar, search.first + known.from - buffer); at < calendar.length; at += 2) {
      // Of what lies outside the shared range not even the room around it shows.
      const begin = Math.max(calendar[at] ?? 0, shared.from);
      const end = Math.min(calendar[at + 1] ?? 0, shared.to);
      const from = Math.max(begin - before, known.from);
      if (from >= known.to) break;
      const to = Math.min(end + buffer - search.first, known.to);
      if (begin < end && from < to) onto.fill(standing.busy, from, to);
    }
  }
}

/** How somebody stands to one start: what `paint` writes there. */
export function standingAt(search: Search, candidate: Candidate, start: number): Standing {
  for (const answer of answers.toReversed()) {
    if (candidate.votes.some((vote) => vote.answer === answer && contains(vote, start)))
      return standing[answer];
  }
  const { shared } = candidate;
  if (shared === null || !contains(knownStarts(search, candidate), start)) return standing.unknown;
  const from = Math.max(search.first + start - candidate.buffer, shared.from);
  const to = Math.min(search.first + start + search.length + candidate.buffer, shared.to);
  if (candidate.busy.some((calendar) => (calendar[firstAfter(calendar, from)] ?? to) < to))
    return standing.busy;
  return candidate.outside.some((run) => contains(run, start)) ? standing.outside : standing.free;
}

function contains({ from, to }: Run, start: number): boolean {
  return from <= start && start < to;
}

/** Where the first pair stands that ends after this quarter. */
function firstAfter(pairs: Uint32Array, quarter: number): number {
  let low = 0;
  let high = pairs.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pairs[2 * middle + 1] ?? 0) > quarter) high = middle;
    else low = middle + 1;
  }
  return 2 * low;
}
