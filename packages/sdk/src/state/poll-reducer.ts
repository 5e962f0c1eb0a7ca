import type { EntryData, EntryFrame, Poll, Tally, Votes } from "@jarvis/contract";
import type { EventState } from "./event-state.ts";
import type { PollState } from "./poll-state.ts";

type Option = Poll["options"][number];
type PollChange = EntryData<"poll">;

/** What an entry of the event's stream does to its poll, where that has been fetched. */
export function pollAfter(event: EventState, before: EventState, { kind, data }: EntryFrame): EventState {
  const { poll } = event;
  if (poll === undefined) return event;
  const next = kind === "poll" ? changed(poll, data as PollChange) : besides(poll, event, before);
  return next === poll ? event : { ...event, poll: next };
}

/** One that the poll was fetched after is in it already. */
function changed(poll: PollState, { op, version, since, tallies = {}, removed = [] }: PollChange): PollState {
  if (version <= poll.version) return poll;
  const options = poll.options
    .filter(({ id }) => !removed.includes(id))
    .map((option) => withTally(option, tallies[option.id]));
  const isTold = op === "votes" ? Object.keys(tallies).length > 0 : removed.length > 0;
  const votes = Object.fromEntries(Object.entries(poll.votes).filter(([id]) => !removed.includes(id)));
  const stale = poll.stale || since > poll.version || !isTold;
  return { ...poll, options, votes, version, stale, votersStale: true };
}

function withTally(option: Option, tally: Tally | undefined): Option {
  return tally === undefined ? option : { ...option, tally };
}

/** A time that is set or taken back closes and opens it; people who come and go are among those who wait. */
function besides(poll: PollState, event: EventState, before: EventState): PollState {
  const { core, people } = event;
  if (core.start_time !== before.core.start_time || core.status !== before.core.status)
    return { ...poll, stale: true };
  return people === before.people ? poll : { ...poll, votersStale: true };
}

/** Just fetched; `heard` is what has come since it was asked for, and is in the state but for this poll. */
export function withPoll(event: EventState, poll: Poll, heard: readonly EntryFrame[]): EventState {
  const hasCome = (...kinds: string[]) => heard.some(({ kind }) => kinds.includes(kind));
  const fetched = { ...poll, stale: hasCome("event"), votersStale: hasCome("people", "rsvp") };
  const entries = heard.filter(({ kind }) => kind === "poll");
  return entries.reduce<EventState>((next, entry) => pollAfter(next, next, entry), {
    ...event,
    poll: fetched,
  });
}

export function withVotes(event: EventState, votes: Votes): EventState {
  return event.poll === undefined ? event : { ...event, poll: { ...event.poll, votes } };
}

/** Whether people vote at `nowMs` (unix milliseconds): no entry reports that its deadline has passed. */
export function isPollOpen({ core, poll }: EventState, nowMs: number): boolean {
  if (core.start_time !== null || core.status === "cancelled") return false;
  const deadlineMs = poll?.deadline_ms ?? null;
  return deadlineMs === null || nowMs < deadlineMs;
}
