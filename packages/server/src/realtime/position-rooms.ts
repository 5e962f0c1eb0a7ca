import type { EventId, UserId } from "@jarvis/contract";
import type { Shown } from "../location/service.ts";

/** A connection, as far as positions are told over it. */
export interface Watcher {
  readonly isLive: boolean;
  readonly isWritable: boolean;
  readonly viewer: { readonly id: UserId } | null;
  sendAll(texts: readonly string[], isNews: boolean): void;
}

export interface Frame {
  readonly move: number;
  readonly shown: Shown;
  readonly text: string;
}

/** Who moved in a watched event, in the order of it, and the frames that say so. */
export class Room {
  readonly event: EventId;
  readonly listeners = new Set<Listener>();
  /** Those of them that nothing is planned for. */
  readonly idle = new Set<Listener>();
  /** The number of each person's last move; the newest is last. */
  readonly moves = new Map<UserId, number>();
  readonly frames = new Map<UserId, Frame>();
  /** What is known of who sees whom is being read. */
  reading: Promise<void> | null = null;
  last = 0;

  constructor(event: EventId) {
    this.event = event;
  }

  moved(user: UserId): void {
    this.moves.delete(user);
    this.moves.set(user, ++this.last);
  }
}

/** One connection and the events it watches, each with the last move it was told of. */
export class Listener {
  readonly watcher: Watcher;
  readonly rooms = new Map<Room, number>();
  /** When it was written to last. */
  toldMs = Number.NEGATIVE_INFINITY;

  constructor(watcher: Watcher) {
    this.watcher = watcher;
  }
}
