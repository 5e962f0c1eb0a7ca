import type { EventId, StreamId, UserId } from "@jarvis/contract";
import type { TrackPoint } from "../lib/point-list.ts";

/** What the parts of the server, and its nodes, tell each other after a commit. A hint, never the truth: that is the store. */
export type BusMessage =
  | EntryAppended
  | { type: "member_joined"; event: EventId; user: UserId }
  | { type: "member_left"; event: EventId; user: UserId }
  /** A session, or with `session: null` everything that acts for this user, is no longer signed in. */
  | { type: "signed_out"; user: UserId; session: string | null }
  /** A fix is in memory: for one event alone, or with `event: null` wherever its author shares. */
  | { type: "moved"; user: UserId; event: EventId | null; isForeign?: true }
  /** Who may see whom has changed in this event (consent, block, place). */
  | { type: "sharing_changed"; event: EventId; user: UserId }
  /** What somebody shows a friend beside events has begun, ended or become another. */
  | { type: "share_changed"; user: UserId; friend: UserId }
  | { type: "typing"; event: EventId; user: UserId }
  | { type: "read"; event: EventId; user: UserId; seq: number }
  | MovedElsewhere
  /** Heard from another node alone: somebody has their first connection there, or their last one has ended. */
  | { type: "online"; user: UserId; online: boolean }
  | BusGap;

/** Between nodes, in place of `moved`: it carries the fix to where its author shows it, and is taken in where that is so. */
export interface MovedElsewhere {
  type: "moved_elsewhere";
  user: UserId;
  /** The event that the fix was made for; null: for all. */
  event: EventId | null;
  /** Where its author shows it, as far as the sender knows. */
  events: readonly EventId[];
  point: TrackPoint;
}

/**
 * Of this node alone: it may have missed anything about these channels, with null about everything, until this moment.
 * Whatever is remembered is forgotten, and compared with the store.
 */
export interface BusGap {
  type: "bus_gap";
  channels: readonly StreamId[] | null;
}

export interface EntryAppended {
  type: "entry";
  stream: StreamId;
  seq: number;
  kind: string;
  /** The references as stored. */
  data: Record<string, unknown>;
  at_ms: number;
  /** The rendered form where the writer had it at hand, so that delivery needs no look-up. It does not leave the node. */
  rendered?: Record<string, unknown>;
}

/** What nodes listen to: a stream with everything that is said beside it, or where somebody is who shows it to friends. */
export type BusChannel = StreamId | `moves:${UserId}`;

/** `alone`: there are no other nodes; `down`: they cannot be heard, so that the store has to be asked. */
export type BusHealth = "alone" | "connected" | "down";

export interface BusStats {
  readonly sent: number;
  readonly received: number;
  /** Messages of which it is not known that they arrived, those included that were not sent for want of room. */
  readonly lost: number;
  readonly channels: number;
  readonly connects: number;
}

/** Last values that nodes share, each for a minute. Throws where the bus is down. */
export interface SharedValues {
  /** These are so, for a minute from now. */
  keep(keys: readonly string[]): Promise<void>;
  drop(keys: readonly string[]): Promise<void>;
  /** Which of these are so. */
  which(keys: readonly string[]): Promise<Set<string>>;
}

export interface Bus {
  /** Whoever listens on this node hears it at once; other nodes, at most once, where they follow what it is about. */
  publish(message: BusMessage): void;
  /** Other nodes alone hear it, where they follow one of these. */
  tell(channels: readonly BusChannel[], message: BusMessage): void;
  /** Listeners run synchronously in the order of publication. Returns how to stop. */
  subscribe(listener: (message: BusMessage) => void): () => void;
  /** What other nodes say of this is heard, from a moment on that a `bus_gap` tells, until all who asked have let go. */
  follow(channel: BusChannel): () => void;
  health(): BusHealth;
  stats(): BusStats;
  /** Null where there are no other nodes. */
  readonly values: SharedValues | null;
  close(): Promise<void>;
}
