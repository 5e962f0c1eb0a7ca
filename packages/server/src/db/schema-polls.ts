import type { EventId, OptionId, UserId } from "@jarvis/contract";

/** The tables of polls, as `Schema` has them. */
export interface PollSchema {
  poll: PollTable;
  poll_option: PollOptionTable;
  poll_vote: PollVoteTable;
  /** People whose answer decides. */
  poll_required: { event_id: EventId; user_id: UserId };
}

export interface PollTable {
  event_id: EventId;
  version: number;
  /** Afterwards nobody votes; null: until there is a time. */
  deadline_ms: number | null;
  /** 1: guests do not see who voted what. */
  hidden: number;
  /** The option that the time was last taken from. */
  chosen: OptionId | null;
}

/** A time, or a whole day as `date`. */
export interface PollOptionTable {
  event_id: EventId;
  id: OptionId;
  /** Its place in everybody's votes; one that has become free is used again. */
  slot: number;
  start_ms: number | null;
  duration_ms: number | null;
  date: string | null;
}

export interface PollVoteTable {
  event_id: EventId;
  user_id: UserId;
  /** Of the option in slot n, the character at n. */
  votes: string;
  /** 1: last voted while the poll was hidden, and so it stays for guests. */
  secret: number;
}
