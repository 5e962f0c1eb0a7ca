import type { EventId, UserId } from "@jarvis/contract";
import { encode } from "./frames.ts";

/** A connection that online frames go to. */
export interface OnlineListener {
  send(text: string): void;
  sendAll(texts: readonly string[]): void;
}

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

  /** Gives how many frames it took, as do the others. */
  link(other: OnlinePerson): number {
    this.links.add(other);
    other.links.add(this);
    return this.#hear(other.#onText()) + other.#hear(this.#onText());
  }

  unlink(other: OnlinePerson): number {
    for (const [one, two] of [
      [this, other],
      [other, this],
    ] as const) {
      one.links.delete(two);
      one.owed.delete(two);
    }
    return this.#hear(offText(other.id)) + other.#hear(offText(this.id));
  }

  /** Tells the new connections everything that is certain; the rest is owed to them. */
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
      listener.sendAll(texts);
    }
    return listeners.length * texts.length;
  }

  /** Makes up, on both sides, for what was not told while one of the two was in doubt. */
  payOwed(): number {
    let frames = 0;
    for (const other of this.links) {
      if (!other.isSettled) continue;
      if (this.owed.delete(other)) frames += other.#hear(this.#onText());
      if (other.owed.delete(this)) frames += this.#hear(other.#onText());
    }
    return frames;
  }

  #hear(text: string): number {
    for (const listener of this.told) listener.send(text);
    return this.told.size;
  }

  #onText(): string {
    return (this.#on ??= encode({ type: "online", user: this.id, online: true }));
  }
}

function offText(user: UserId): string {
  return encode({ type: "online", user, online: false });
}
