import { type EventId, eventStream, type PositionRow, type StreamId, type UserId } from "@jarvis/contract";
import type { BusMessage } from "../bus/bus.ts";
import type { Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { requireParticipant } from "../events/service.ts";
import { blockedOf } from "../friends/relations.ts";
import { AppError } from "../lib/app-error.ts";
import { listPositions, sharedEvents, sharersOf } from "../location/service.ts";
import { FanOut } from "./fan-out.ts";
import { encode } from "./frames.ts";
import type { Session } from "./session.ts";

/** How presence reaches the people of an event. */
export interface Audience {
  hasSubscribers(stream: StreamId): boolean;
  broadcastExcept(event: EventId, text: string, users: Iterable<UserId>, key?: string): void;
  hasLaggards(stream: StreamId): boolean;
}

type PresenceMessage = Extract<BusMessage, { type: "moved" | "sharing_changed" | "typing" | "read" }>;

/** What is worth only its last value, and is lost without harm: positions, typing, read markers. */
export class Presence {
  readonly #ctx: Context;
  readonly #audience: Audience;
  readonly #positions: FanOut;
  /** Counts what may end somebody's right to see where others are, and what they do. */
  #changes = 0;

  constructor(ctx: Context, audience: Audience) {
    this.#ctx = ctx;
    this.#audience = audience;
    this.#positions = new FanOut(ctx);
  }

  heard(message: PresenceMessage): void {
    switch (message.type) {
      case "read":
        return this.#run(() => this.#read(message));
      case "typing":
        return this.#run(() => this.#typing(message.event, message.user));
      case "moved":
        return this.#moved(message.user, message.event);
      case "sharing_changed":
        this.#changes++;
        return this.#positions.touch(message.event, message.user);
      default:
        message satisfies never;
    }
  }

  /** Somebody lost the right to see where others are, or what they do. */
  permissionsChanged(): void {
    this.#changes++;
  }

  /** What was said of that, and where people are, may not have been heard: whoever watches is told how it is now. */
  doubtAll(sessions: Iterable<Session>): void {
    this.#changes++;
    const watched = new Set<EventId>();
    for (const session of sessions) for (const event of session.watched ?? []) watched.add(event);
    this.#run(async () => {
      for (const event of watched)
        for (const user of await sharersOf(this.#ctx, event)) this.#positions.touch(event, user);
    });
  }

  /** From now on the positions of this event flow, beginning with where everybody is. */
  async watch(session: Session, viewer: Viewer, event: EventId): Promise<void> {
    const changes = this.#changes;
    await requireParticipant(this.#ctx.db.read, viewer.id, event);
    if (changes !== this.#changes) return this.watch(session, viewer, event);
    if (!session.isLive) return;
    this.#positions.join(session, event);
    session.watched = (session.watched ?? new Set()).add(event);
    await this.#showAll(session, viewer, event);
  }

  unwatch(session: Session, event: EventId): void {
    if (session.watched?.delete(event)) this.#positions.leave(session, event);
  }

  drop(session: Session): void {
    for (const event of session.watched ?? []) this.unwatch(session, event);
  }

  async #showAll(session: Session, viewer: Viewer, event: EventId): Promise<void> {
    const changes = this.#changes;
    const rows = await this.#rowsFor(viewer.id, event);
    if (changes !== this.#changes) return this.#showAll(session, viewer, event);
    if (!session.watched?.has(event)) return;
    if (rows.length === 0) return;
    for (const row of rows) session.send(positionFrame(event, row));
    this.#positions.told(session);
  }

  /** Outside the window, or before accepting, there is nothing to see yet; the watch stands. */
  async #rowsFor(user: UserId, event: EventId): Promise<PositionRow[]> {
    try {
      return await listPositions(this.#ctx, user, event);
    } catch (error) {
      if (error instanceof AppError && ["outside_window", "forbidden", "not_found"].includes(error.code))
        return [];
      throw error;
    }
  }

  #moved(user: UserId, event: EventId | null): void {
    if (this.#positions.isEmpty) return;
    if (event !== null) return this.#positions.touch(event, user);
    const events = sharedEvents(this.#ctx, user);
    if (!(events instanceof Promise)) return this.#touchAll(events, user);
    this.#run(async () => this.#touchAll(await events, user));
  }

  #touchAll(events: readonly EventId[], user: UserId): void {
    for (const event of events) this.#positions.touch(event, user);
  }

  async #typing(event: EventId, user: UserId): Promise<void> {
    const changes = this.#changes;
    const blocked = await this.#hiddenFrom(event, user);
    // Whether the author still takes part, and with whom, may have changed: it is not worth asking again.
    if (blocked === null || changes !== this.#changes) return;
    this.#audience.broadcastExcept(event, encode({ type: "typing", chat: event, user }), [user, ...blocked]);
  }

  async #read(message: Extract<PresenceMessage, { type: "read" }>): Promise<void> {
    const { event, user, seq } = message;
    const changes = this.#changes;
    const blocked = await this.#hiddenFrom(event, user);
    if (blocked === null) return;
    if (changes !== this.#changes) return this.#read(message);
    const text = encode({ type: "read", chat: event, user, seq });
    this.#audience.broadcastExcept(event, text, blocked, `read ${user}`);
  }

  /** What somebody does is hidden from those they have blocked, and from those who have blocked them; null where nobody hears it. */
  async #hiddenFrom(event: EventId, user: UserId): Promise<UserId[] | null> {
    const stream = eventStream(event);
    const isHeard = this.#audience.hasSubscribers(stream) || this.#audience.hasLaggards(stream);
    return isHeard ? blockedOf(this.#ctx.db.read, user) : null;
  }

  #run(task: () => Promise<void>): void {
    task().catch((error: unknown) => this.#ctx.log.error({ error }, "presence was not delivered"));
  }
}

function positionFrame(event: EventId, row: PositionRow): string {
  return encode({ type: "position", event, user: row.id, ...row });
}
