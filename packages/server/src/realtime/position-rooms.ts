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
  /** The move that it tells of. */
  readonly move: number;
  readonly shown: Shown;
  readonly text: string;
}

/** Somebody who moved. */
export interface Mover {
  /** The number of their last move. */
  move: number;
  /** What was made last of it for whoever may see it. */
  frame: Frame | null;
}

/** Who moved in a watched event, in the order of it, and the frames that say so. */
export class Room {
  readonly event: EventId;
  readonly listeners = new Set<Listener>();
  /** Those of them that nothing is planned for. */
  readonly idle = new Set<Listener>();
  /** By their last move; the newest is last. */
  readonly movers = new Map<UserId, Mover>();
  /** What is known of who sees whom is being read. */
  reading: Promise<void> | null = null;
  last = 0;

  constructor(event: EventId) {
    this.event = event;
  }

  moved(user: UserId): void {
    const mover = this.movers.get(user) ?? { move: 0, frame: null };
    mover.move = ++this.last;
    this.movers.delete(user);
    this.movers.set(user, mover);
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
