import type { EventId, UserId } from "@jarvis/contract";
import { encode } from "./frames.ts";

/** A connection that online frames go to. */
export interface OnlineListener {
  /** In one go. What is no news is how things stood when the connection began. */
  sendAll(texts: readonly string[], isNews: boolean): void;
}

/** Has a frame sent to somebody's connections, before the turn ends. */
export type Tell = (person: OnlinePerson, text: string) => void;

/** More is told to no connection at its beginning. */
const maxFirst = 500;

/** Somebody with a connection, or without one for less than ten seconds. */
export class OnlinePerson {
  readonly id: UserId;
  /** Connections that know who is online, and new ones that are to be told. */
  readonly told = new Set<OnlineListener>();
  readonly arrived = new Set<OnlineListener>();
  /** People who may know of this one, and of whom this one may know; the link is in both. */
  readonly links = new Set<OnlinePerson>();
  /** Of those, whose new connections were not told of this one while it was in doubt. */
  readonly owed = new Set<OnlinePerson>();
  /** What its connections are to be told before the turn ends. */
  unsent: string[] = [];
  shows = false;
  /** Whether `links` are what the store says; else a look-up is on its way. */
  isSettled = false;
  events: readonly EventId[] = [];
  /** When the last connection ended. */
  leftMs: number | null = null;
  isLeaving = false;
  #on: string | undefined;

  constructor(id: UserId) {
    this.id = id;
  }

  get isConnected(): boolean {
    return this.told.size + this.arrived.size > 0;
  }

  link(other: OnlinePerson, tell: Tell): void {
    this.links.add(other);
    other.links.add(this);
    tell(this, other.#onText());
    tell(other, this.#onText());
  }

  unlink(other: OnlinePerson, tell: Tell): void {
    for (const [one, two] of [
      [this, other],
      [other, this],
    ] as const) {
      one.links.delete(two);
      one.owed.delete(two);
    }
    tell(this, offText(other.id));
    tell(other, offText(this.id));
  }

  /** Tells the new connections everything that is certain; the rest is owed to them. Gives how many frames it took. */
  greet(): number {
    const texts: string[] = [];
    for (const other of this.links) {
      if (texts.length === maxFirst) break;
      if (other.isSettled) texts.push(other.#onText());
      else other.owed.add(this);
    }
    const listeners = [...this.arrived];
    for (const listener of listeners) {
      this.arrived.delete(listener);
      this.told.add(listener);
      listener.sendAll(texts, false);
    }
    return listeners.length * texts.length;
  }

  /** Makes up, on both sides, for what was not told while one of the two was in doubt. */
  payOwed(tell: Tell): void {
    for (const other of this.links) {
      if (!other.isSettled) continue;
      if (this.owed.delete(other)) tell(other, this.#onText());
      if (other.owed.delete(this)) tell(this, other.#onText());
    }
  }

  #onText(): string {
    return (this.#on ??= encode({ type: "online", user: this.id, online: true }));
  }
}

function offText(user: UserId): string {
  return encode({ type: "online", user, online: false });
}
