import { limits, type Weekday } from "@jarvis/contract";
import { type Answer, type Candidate, type Run, type Search, startsWithin } from "./free-time-rules.ts";
import { expandHours, type Offset, roundnessOf } from "./hours-rules.ts";
import type { Wishes } from "./ranking-rules.ts";
import type { Span } from "./span-rules.ts";
import { quarterMs } from "./rules.ts";

/** What people have said of the times that the poll offers, and whose answer decides. */
export interface Opinions<User> {
  /** When the options are; null: none that a slot could lie in. */
  readonly options: readonly (Span | null)[];
  /** Of each who has voted, what they said of each option. */
  readonly votes: ReadonlyMap<User, readonly (Answer | undefined)[]>;
  readonly required: ReadonlySet<User>;
}

/** The whole quarters of a shared range. */
export function sharedQuarters(range: Span): Run {
  return { from: Math.ceil(range.fromMs / quarterMs), to: Math.floor(range.toMs / quarterMs) };
}

/** Room to be kept around other commitments, in quarters as all that is known of them. */
export function bufferQuarters(seconds: number): number {
  return Math.ceil((seconds * 1_000) / quarterMs);
}

/** What lies further away than this from a slot is nobody's reason not to come. */
export const longestBufferMs = bufferQuarters(limits.travelBufferMaxS) * quarterMs;

/** Where somebody's votes speak. */
export function voteRuns(
  search: Search,
  options: readonly (Span | null)[],
  votes: readonly (Answer | undefined)[],
): Candidate["votes"] {
  return votes.flatMap((answer, index) => {
    const option = options[index] ?? null;
    if (answer === undefined || option === null) return [];
    const run = startsWithin(search, option);
    return run.from < run.to ? [{ ...run, answer }] : [];
  });
}

/** Preferred days and round times, both as clocks in the event's zone show them. */
export function wishesOf(
  { first, count }: Search,
  offsets: readonly Offset[],
  weekdays: readonly Weekday[] | null,
): Wishes {
  const at = (ms: number) => Math.min(count, Math.max(0, Math.ceil(ms / quarterMs) - first));
  const roundness = new Uint8Array(count);
  for (const { fromMs, toMs, offsetMs } of offsets) {
    for (let start = at(fromMs); start < at(toMs); start++)
      roundness[start] = roundnessOf((first + start) * quarterMs, offsetMs);
  }
  if (weekdays === null) return { preferred: null, roundness };
  const preferred = new Uint8Array(count);
  const days = expandHours([{ days: [...weekdays], from: "00:00", to: "24:00" }], offsets);
  for (const { fromMs, toMs } of days) preferred.fill(1, at(fromMs), at(toMs));
  return { preferred, roundness };
}
