import type { EventId, StreamId, UserId } from "@jarvis/contract";
import type { SocketCounts } from "../http/socket-metrics.ts";
import { encodeEntry } from "./frames.ts";
import type { Pacer } from "./pacing.ts";
import type { Entry, Rendered } from "./render.ts";
import type { Session } from "./session.ts";

/** Bun's topics: one for each stream that somebody hears. */
export interface Topics {
  publish(topic: string, text: string): number;
  subscriberCount(topic: string): number;
}

interface Connected {
  readonly counts: SocketCounts;
  readonly pacer: Pacer;
  sessionsOf(user: UserId): readonly Session[];
}

/** How what is said once reaches everybody who hears a stream, and some of them in another form. */
export class Delivery {
  readonly #connected: Connected;
  readonly #topics: Topics;

  constructor(connected: Connected, topics: Topics) {
    this.#connected = connected;
    this.#topics = topics;
  }

  deliver(entry: Entry, rendered: Rendered): void {
    const stream = entry.stream as StreamId; // a channel's own
    if (rendered.opens !== undefined) return this.#deliverOpening(stream, entry, rendered.opens);
    const aside = this.#setAside(stream, rendered.instead?.keys() ?? []);
    this.#broadcast(stream, encodeEntry(entry, rendered.data));
    for (const session of aside) {
      session.subscribe(stream);
      const own = session.viewer === null ? undefined : rendered.instead?.get(session.viewer.id);
      session.send(encodeEntry(entry, own ?? null));
    }
  }

  /** Each connection is told from which entry on it hears the event, and does from then on. */
  #deliverOpening(stream: StreamId, entry: Entry, { event, head }: { event: EventId; head: number }): void {
    const user = stream.slice("user:".length) as UserId; // the stream's name was made of it
    for (const session of this.#connected.sessionsOf(user)) {
      if (!session.hears(stream)) continue;
      const last_seq = session.following?.hearFrom(event, head);
      session.send(encodeEntry(entry, { ...entry.data, last_seq }));
    }
  }

  broadcastExcept(stream: StreamId, text: string, users: Iterable<UserId>): void {
    const aside = this.#setAside(stream, users);
    this.#broadcast(stream, text);
    for (const session of aside) session.subscribe(stream);
  }

  #broadcast(stream: StreamId, text: string): void {
    const listeners = this.#topics.subscriberCount(stream);
    if (listeners === 0) return;
    this.#connected.counts.framesOut += listeners;
    this.#connected.pacer.spend(stream, Buffer.byteLength(text));
    this.#topics.publish(stream, text);
  }

  #setAside(stream: StreamId, users: Iterable<UserId>): Session[] {
    const aside: Session[] = [];
    for (const user of users) {
      for (const session of this.#connected.sessionsOf(user)) {
        if (!session.hears(stream)) continue;
        session.unsubscribe(stream);
        aside.push(session);
      }
    }
    return aside;
  }
}
