import { type Suggestion, toWireNumber, type UserId, type Weekday } from "@jarvis/contract";
import { hoursOf } from "../accounts/rules.ts";
import type { Context } from "../context.ts";
import { pacer } from "../lib/shared-turns.ts";
import type { Asked, Basis, Shared } from "./basis.ts";
import { calendarsOf } from "./busy.ts";
import { bufferQuarters, longestBufferMs, sharedQuarters, voteRuns, wishesOf } from "./candidate-rules.ts";
import { type Candidate, type Run, type Search, searchOf, spanOf, startsOutside } from "./free-time-rules.ts";
import { expandHours, offsetsOf } from "./hours-rules.ts";
import { rank } from "./ranking-rules.ts";
import type { Span } from "./span-rules.ts";
import { quarterMs } from "./rules.ts";
import { reasonsFor, whoComes } from "./suggestion-rules.ts";
import { Tallying } from "./tally-rules.ts";

interface Wanted {
  readonly range: Span;
  readonly durationMs: number;
  readonly limit: number | undefined;
  readonly weekdays: readonly Weekday[] | undefined;
}

const limitDefault = 10;
/** So many people's calendars are read in one go: each may have thousands of entries. */
const peopleTogether = 16;

/** Reads the calendars of those who share, a few people at a time, and ranks every start. */
export async function findTimes(ctx: Context, basis: Basis, wanted: Wanted): Promise<Suggestion[]> {
  const search = searchOf(wanted.range, wanted.durationMs);
  if (search.count === 0) return [];
  await ctx.turns.next();
  const pace = pacer(ctx);
  const outside = hoursIn(search);
  const tallying = new Tallying(search);
  const candidates = new Map<UserId, Candidate>();
  for (let at = 0; at < basis.people.length; at += peopleTogether) {
    const some = basis.people.slice(at, at + peopleTogether);
    const calendars = await calendarsFor(ctx, basis, some, search);
    for (const asked of some) {
      const candidate = candidateOf(basis, asked, search, calendars.get(asked.user) ?? [], outside);
      tallying.add(candidate);
      candidates.set(asked.user, candidate);
      await pace();
    }
  }
  const people = basis.people.length + basis.addresses;
  const wishes = wishesOf(search, offsetsOf(basis.timeZone, spanOf(search)), wanted.weekdays ?? null);
  await pace();
  const tally = tallying.sum();
  await pace();
  const suggestions: Suggestion[] = [];
  for (const slot of rank(search, tally, wishes, people, wanted.limit ?? limitDefault)) {
    suggestions.push({
      start_time: toWireNumber(((search.first + slot.start) * quarterMs) / 1_000),
      duration: toWireNumber(wanted.durationMs / 1_000),
      ...whoComes(search, candidates, slot.start),
      busy: slot.busy,
      unknown: people - slot.available - slot.ifNeeded - slot.busy,
      score: slot.score,
      why: reasonsFor(slot, people, basis.opinions.votes.size > 0),
    });
    await pace();
  }
  return suggestions;
}

/** The starts outside somebody's hours, worked out once for all with the same hours in the same zone. */
function hoursIn(search: Search): (shared: Shared) => readonly Run[] {
  const offsets = new Map<string, ReturnType<typeof offsetsOf>>();
  const known = new Map<string, readonly Run[]>();
  return (shared) => {
    const { timeZone } = shared;
    const hours = hoursOf(shared);
    if (hours === null) return [];
    const key = `${timeZone} ${shared.hours}`;
    const present = known.get(key);
    if (present !== undefined) return present;
    const zone = offsets.get(timeZone) ?? offsetsOf(timeZone, spanOf(search));
    offsets.set(timeZone, zone);
    const runs = startsOutside(search, expandHours(hours, zone));
    known.set(key, runs);
    return runs;
  };
}

/** Nothing is read of somebody who does not share. */
async function calendarsFor(
  ctx: Context,
  { event }: Basis,
  people: readonly Asked[],
  search: Search,
): Promise<Map<UserId, Uint32Array[]>> {
  const sharing = people.filter(({ shared }) => shared !== null).map(({ user }) => user);
  if (sharing.length === 0) return new Map();
  const { fromMs, toMs } = spanOf(search);
  const around = { fromMs: fromMs - longestBufferMs, toMs: toMs + longestBufferMs };
  return calendarsOf(ctx.db.read, sharing, event, around);
}

function candidateOf(
  { opinions }: Basis,
  { user, shared }: Asked,
  search: Search,
  busy: readonly Uint32Array[],
  outside: (shared: Shared) => readonly Run[],
): Candidate {
  const opinion = {
    required: opinions.required.has(user),
    votes: voteRuns(search, opinions.options, opinions.votes.get(user) ?? []),
  };
  if (shared === null) return { ...opinion, shared, busy: [], buffer: 0, outside: [] };
  return {
    ...opinion,
    shared: sharedQuarters(shared.range),
    busy,
    buffer: bufferQuarters(shared.travelBufferS),
    outside: outside(shared),
  };
}
