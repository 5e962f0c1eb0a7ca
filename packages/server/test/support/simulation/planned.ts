import type { Event, Poll, ServerFrame } from "@jarvis/contract";

type EntryFrame = Extract<ServerFrame, { type: "entry" }>;
type PollData = { version: number; since: number; op: string; tallies?: Record<string, Tally> };
type AnswerData = { user: string; rsvp: string; event?: string };
type Tally = Poll["options"][number]["tally"];

/** What an event has beside chat and people: the occurrences of a series, or the options of a poll. */
export interface Gathering {
  readonly kind: "series" | "poll";
  readonly ids: readonly string[];
}

export interface SeenOccurrence {
  name: string;
  start: string | null;
  version: number;
  cancelled: boolean;
  /** What people answer for it, by id. */
  readonly answers: Map<string, string>;
}

export interface SeenPoll {
  version: number;
  readonly tallies: Map<string, Tally>;
}

/** What a screen shows of when an event takes place: the occurrences of a series, or the poll that looks for a time. */
export interface SeenPlan {
  occurrences: Map<string, SeenOccurrence>;
  poll: SeenPoll | null;
}

export function emptyPlan(): SeenPlan {
  return { occurrences: new Map(), poll: null };
}

export function planIn(occurrences: readonly Event[], poll: Poll | null): SeenPlan {
  return {
    occurrences: new Map(occurrences.map((event) => [event.id, seenOccurrence(event)])),
    poll: poll && {
      version: poll.version,
      tallies: new Map(poll.options.map(({ id, tally }) => [id, tally])),
    },
  };
}

function seenOccurrence(event: Event): SeenOccurrence {
  const answers = event.people.flatMap(({ id, rsvp }) => (id === null ? [] : [[id, rsvp] as const]));
  return { ...coreOf(event), answers: new Map(answers) };
}

function coreOf({ name, start_time, version, status }: Event): Omit<SeenOccurrence, "answers"> {
  return { name, start: start_time, version, cancelled: status === "cancelled" };
}

/** Applies what an entry says of it; false: it does not say enough, so that the event has to be fetched. */
export function applyToPlan(plan: SeenPlan, stream: string, { kind, data }: EntryFrame): boolean {
  if (kind === "event") return applyEvent(plan, stream, data["event"] as Event); // the contract's, as all below
  if (kind === "rsvp") return applyAnswer(plan, data as unknown as AnswerData);
  // Who comes or goes takes answers along, or has none yet.
  if (kind === "people") return plan.occurrences.size === 0;
  return kind !== "poll" || applyPoll(plan, data as unknown as PollData);
}

function applyEvent({ occurrences }: SeenPlan, stream: string, event: Event): boolean {
  // Nobody says which occurrences have changed with their series.
  if (stream === `event:${event.id}`) return event.recurrence === null && occurrences.size === 0;
  const seen = occurrences.get(event.id);
  if (seen !== undefined) Object.assign(seen, coreOf(event));
  return seen !== undefined;
}

function applyAnswer({ occurrences }: SeenPlan, { user, rsvp, event }: AnswerData): boolean {
  if (event === undefined) return occurrences.size === 0;
  const answers = occurrences.get(event)?.answers;
  if (!answers?.has(user)) return false;
  answers.set(user, rsvp);
  return true;
}

function applyPoll({ poll }: SeenPlan, { op, version, since, tallies }: PollData): boolean {
  if (poll !== null && version <= poll.version) return true;
  if (poll === null || op !== "votes" || tallies === undefined || since > poll.version) return false;
  poll.version = version;
  for (const [option, tally] of Object.entries(tallies)) poll.tallies.set(option, tally);
  return true;
}
