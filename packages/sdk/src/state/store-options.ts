import type { Api } from "../api.ts";
import type { Clock, Random } from "../environment.ts";
import type { Connection, ConnectionState, RealtimeOptions } from "../realtime.ts";
import type { EventState } from "./event-state.ts";
import type { OutgoingMessage } from "./outgoing.ts";
import type { Carrier } from "./sending.ts";
import type { OutboxStorage } from "./storage.ts";
import type { UserState } from "./user-state.ts";
import type { Whereabouts } from "./whereabouts.ts";

export interface StoreOptions {
  /** Where unsent messages are kept: in memory unless said otherwise, which forgets them with the application. */
  storage?: OutboxStorage | undefined;
  /** Who is signed in, where the application knows it: unsent messages then show before the first connection. */
  self?: string | undefined;
  /** How many of the events that are on are loaded by themselves: 20 unless said otherwise; others with `load`. */
  preload?: number | undefined;
  /** How many messages of a chat are held: 1,000 unless said otherwise. */
  messages?: number | undefined;
}

/** What a store holds: another object after each change, the same one between changes. */
export interface Snapshot {
  readonly connection: ConnectionState;
  /** Null until it has been fetched. */
  readonly user: UserState | null;
  /** The events that are loaded, by id. */
  readonly events: Readonly<Record<string, EventState>>;
  /** Where people are that are watched, and how they come along: `standings` and `positionAt` read it. */
  readonly where: Whereabouts;
  /** Messages of all chats that are on their way, or failed. */
  readonly outgoing: readonly OutgoingMessage[];
}

export interface StoreParts {
  readonly client: Api;
  readonly clock: Clock;
  readonly random: Random;
  readonly upload: Carrier["upload"];
  connect(options: RealtimeOptions): Connection;
}
