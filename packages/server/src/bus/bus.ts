import type { EventId, StreamId, UserId } from "@jarvis/contract";

/** What the parts of the server, and later its nodes, tell each other after a commit. A hint, never the truth: that is the store. */
export type BusMessage =
  | EntryAppended
  | { type: "member_joined"; event: EventId; user: UserId }
  | { type: "member_left"; event: EventId; user: UserId }
  /** A session, or with `session: null` everything that acts for this user, is no longer signed in. */
  | { type: "signed_out"; user: UserId; session: string | null }
  /** A fix was stored: for one event alone, or with `event: null` wherever its author shares. */
  | { type: "moved"; user: UserId; event: EventId | null }
  /** Who may see whom has changed in this event (consent, block, place). */
  | { type: "sharing_changed"; event: EventId; user: UserId }
  /** What somebody shows a friend beside events has begun, ended or become another. */
  | { type: "share_changed"; user: UserId; friend: UserId }
  | { type: "typing"; event: EventId; user: UserId }
  | { type: "read"; event: EventId; user: UserId; seq: number };

export interface EntryAppended {
  type: "entry";
  stream: StreamId;
  seq: number;
  kind: string;
  /** The references as stored. */
  data: Record<string, unknown>;
  at_ms: number;
  /** The rendered form where the writer had it at hand, so that delivery needs no look-up. */
  rendered?: Record<string, unknown>;
}

export interface Bus {
  publish(message: BusMessage): void;
  /** Listeners run synchronously in the order of publication. Returns how to stop. */
  subscribe(listener: (message: BusMessage) => void): () => void;
}
