import type { PollState } from "./poll-state.ts";
import type { EntryData, Message, Role, Rsvp, SharingState } from "@jarvis/contract";

/** What of an event is the same for everybody. Its `status` is that of the moment of fetching: see `statusAt`. */
export type EventCore = EntryData<"event">["event"];

/** Somebody in an event, or an open invitation by e-mail. Entries carry no e-mail, so the state holds none. */
export interface EventPerson {
  readonly id: string | null;
  readonly username: string | null;
  readonly role: Role;
  readonly rsvp: Rsvp;
  readonly invitation: string | null;
}

export interface Reaction {
  emoji: string;
  users: string[];
}

export interface Photo {
  id: string;
  width: number;
  height: number;
}

/** A message with what a chat adds to it, where the server has it. */
export type ChatMessage = Message & {
  mentions?: string[] | undefined;
  reactions?: Reaction[] | undefined;
  /** Number of the entry that last changed the reactions: they contain every one up to it. */
  reactions_entry?: number | undefined;
  photos?: Photo[] | undefined;
};

export interface ChatState {
  /** The newest messages by number; older ones come with `loadOlder`. */
  readonly messages: readonly ChatMessage[];
  readonly hasOlder: boolean;
  readonly last_seq: number;
  /** Up to which message people have read. Those of others are last values: one may be behind. */
  readonly read: Readonly<Record<string, number>>;
  readonly unread: number;
  readonly unread_mentions: number;
  /** Numbers of the pinned messages, newest pin first. */
  readonly pins: readonly number[];
}

/** One time that a series takes place. */
export interface Occurrence {
  readonly core: EventCore;
  /** By user id, what people answered for it where that is not what they answered for the series. */
  readonly answers: Readonly<Record<string, Rsvp>>;
}

export interface EventState {
  readonly id: string;
  readonly core: EventCore;
  /** Of a series, by start; empty for a plain event. */
  readonly occurrences: readonly Occurrence[];
  readonly people: readonly EventPerson[];
  readonly chat: ChatState;
  /** The own consent to be located; it ends by itself with the event's window. */
  readonly sharing: SharingState;
  /** People who ask to be shown where one is, and whom one has asked. */
  readonly requests: { readonly incoming: readonly string[]; readonly outgoing: readonly string[] };
  /** There once it has been looked at. */
  readonly poll?: PollState | undefined;
  /** Something has changed that entries do not tell: it has to be fetched afresh. */
  readonly stale: boolean;
}

/**
 * Status follows the clock, and no entry reports it: this is how it stands at `nowMs` (unix milliseconds). That of a
 * series is the one of its occurrence that is now or comes next: ask for theirs.
 */
export function statusAt(core: EventCore, nowMs: number): EventCore["status"] {
  if (core.recurrence !== null) return core.status;
  if (core.status === "cancelled") return "cancelled";
  if (core.start_time === null) return "pending";
  const startMs = Number(core.start_time) * 1_000;
  if (nowMs < startMs) return "pending";
  return nowMs < startMs + Number(core.duration) * 1_000 ? "active" : "passed";
}

/** The own answer, of a series or of one of its occurrences; `none` also while an invitation by e-mail stands for the own person. */
export function ownRsvp(event: EventState, self: string, occurrence?: Occurrence): Rsvp {
  const own = occurrence?.answers[self];
  if (own !== undefined) return own;
  return event.people.find(({ id }) => id === self)?.rsvp ?? "none";
}
