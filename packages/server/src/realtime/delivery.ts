import type { EventId, StreamId, UserId } from "@jarvis/contract";
import type { SocketCounts } from "../http/socket-metrics.ts";
import { encodeEntry } from "./frames.ts";
import type { Outbox } from "./outbox.ts";
import type { Pacer } from "./pacing.ts";
import type { Entry, Rendered } from "./render.ts";
import type { Session } from "./session.ts";

/** Bun's topics: one for each stream that somebody hears. */
export interface Topics {
  /** To everybody who hears it; where `by` is given, through that connection, which does not hear it itself. */
  publish(topic: string, text: string, by?: Session): void;
  subscriberCount(topic: string): number;
}

interface Connected {
  readonly counts: SocketCounts;
  readonly pacer: Pacer;
  readonly outbox: Outbox;
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
    const except = this.#hearing(stream, rendered.instead?.keys() ?? []);
    this.#broadcast(stream, () => encodeEntry(entry, rendered.data), except);
    for (const session of except) {
      const own = session.viewer === null ? undefined : rendered.instead?.get(session.viewer.id);
      session.post(encodeEntry(entry, own ?? null));
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
    this.#broadcast(stream, () => text, this.#hearing(stream, users));
  }

  /** To all but these, who hear the stream. One of them may publish it: it does not reach them then. The others are set aside. */
  #broadcast(stream: StreamId, encoded: () => string, except: readonly Session[]): void {
    const listeners = this.#topics.subscriberCount(stream) - except.length;
    if (listeners <= 0) return;
    const text = encoded();
    const by = except.find(({ canPublish }) => canPublish);
    for (const session of except) if (session !== by) session.unsubscribe(stream);
    this.#connected.counts.framesOut += listeners;
    this.#connected.pacer.spend(stream, Buffer.byteLength(text));
    this.#connected.outbox.flushAll(by);
    this.#topics.publish(stream, text, by);
    for (const session of except) if (session !== by) session.subscribe(stream);
  }

  #hearing(stream: StreamId, users: Iterable<UserId>): Session[] {
    const hearing: Session[] = [];
    for (const user of users) {
      for (const session of this.#connected.sessionsOf(user))
        if (session.hears(stream)) hearing.push(session);
    }
    return hearing;
  }
}
