import { type Candidate, type Search, standing } from "../../../src/schedule/free-time-rules.ts";
import type { Wishes } from "../../../src/schedule/ranking-rules.ts";

interface NaiveSlot {
  readonly start: number;
  readonly available: readonly number[];
  readonly ifNeeded: readonly number[];
}

type Looked = NaiveSlot & { requiredBusy: number; points: number; roundness: number };

/** The search as one would write it first: of every start, every person, and of each every entry is looked at. */
export function searchNaively(
  search: Search,
  candidates: readonly Candidate[],
  wishes: Wishes,
  addresses: number,
  limit: number,
): NaiveSlot[] {
  const slots: Looked[] = [];
  for (let start = 0; start < search.count; start++) {
    const slot = look(search, candidates, wishes, addresses, start);
    if (slot.available.length + slot.ifNeeded.length > 0) slots.push(slot);
  }
  slots.sort(
    (a, b) =>
      a.requiredBusy - b.requiredBusy ||
      b.points - a.points ||
      a.roundness - b.roundness ||
      a.start - b.start,
  );
  const chosen: NaiveSlot[] = [];
  for (const slot of slots) {
    if (chosen.length === limit) break;
    const { start, available, ifNeeded } = slot;
    if (!chosen.some((other) => isSame(search, slot, other))) chosen.push({ start, available, ifNeeded });
  }
  return chosen;
}

function isSame({ length }: Search, a: NaiveSlot, b: NaiveSlot): boolean {
  if (Math.abs(a.start - b.start) >= length) return false;
  return a.available.join() === b.available.join() && a.ifNeeded.join() === b.ifNeeded.join();
}

function look(
  search: Search,
  candidates: readonly Candidate[],
  wishes: Wishes,
  addresses: number,
  start: number,
): Looked {
  const available: number[] = [];
  const ifNeeded: number[] = [];
  let unknown = addresses;
  let requiredBusy = 0;
  for (const [index, candidate] of candidates.entries()) {
    const now = standingNaively(search, candidate, start);
    if (now === standing.free || now === standing.yes) available.push(index);
    else if (now === standing.if_needed) ifNeeded.push(index);
    else if (now === standing.unknown) unknown++;
    else if (candidate.required) requiredBusy++;
  }
  const people = candidates.length + addresses;
  const preferred = wishes.preferred?.[start] === 1 ? 4 * people : 0;
  const points = 40 * available.length + 20 * ifNeeded.length + 10 * unknown + preferred;
  return { start, available, ifNeeded, requiredBusy, points, roundness: wishes.roundness[start] ?? 0 };
}

function standingNaively(search: Search, candidate: Candidate, start: number): number {
  for (const answer of ["yes", "if_needed", "no"] as const) {
    for (const vote of candidate.votes)
      if (vote.answer === answer && vote.from <= start && start < vote.to) return standing[answer];
  }
  const { shared, buffer, busy } = candidate;
  const from = search.first + start;
  const to = from + search.length;
  if (shared === null || from < shared.from || to > shared.to) return standing.unknown;
  for (const calendar of busy) {
    for (let at = 0; at < calendar.length; at += 2) {
      const begin = Math.max(calendar[at] ?? 0, shared.from);
      const end = Math.min(calendar[at + 1] ?? 0, shared.to);
      if (begin < end && begin < to + buffer && from - buffer < end) return standing.busy;
    }
  }
  for (const run of candidate.outside) if (run.from <= start && start < run.to) return standing.outside;
  return standing.free;
}
