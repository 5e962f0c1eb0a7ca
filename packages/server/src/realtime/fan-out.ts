import type { EventId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import {
  isKnown,
  isShownTo,
  lookerIn,
  readSight,
  shownIn,
  sightOf,
  stillHolds,
  type WatchedSight,
} from "../location/service.ts";
import { nextTurn } from "../lib/turn.ts";
import { encode } from "./frames.ts";
import { type Frame, Listener, type Mover, Room, type Watcher } from "./position-rooms.ts";
import { TurnTable } from "./turn-table.ts";

const everyMs = 1_000;
/** Of what moves in one event so much is told in one go; the rest has its turn a second later. */
const writeLength = 32 * 1024;
/** Others get between after so long. */
const sliceMs = 8;

/** A room that is looked at in one turn. */
interface View {
  readonly room: Room;
  /** The last move that the listener was told of. */
  readonly told: number;
  readonly sight: WatchedSight;
}

/** What one viewer is told in one turn. */
interface Telling {
  readonly viewer: UserId;
  readonly now: number;
  readonly texts: string[];
  length: number;
}

/**
 * Positions on their way to those who watch: a connection gets at most one write a second, with everybody who has moved
 * since, the newest of each. A first move after silence goes at once. Whoever does not read gets the newest once they do.
 */
export class FanOut {
  readonly #ctx: Context;
  readonly #rooms = new Map<EventId, Room>();
  readonly #listeners = new Map<Watcher, Listener>();
  readonly #turns: TurnTable<Listener>;

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.#turns = new TurnTable(ctx.clock, (listeners) => this.#tellAll(listeners));
  }

  get isEmpty(): boolean {
    return this.#rooms.size === 0;
  }

  watches(event: EventId): boolean {
    return this.#rooms.has(event);
  }

  /** From now on the connection hears of moves in this event. */
  join(watcher: Watcher, event: EventId): void {
    const room = this.#rooms.get(event) ?? new Room(event);
    const listener = this.#listeners.get(watcher) ?? new Listener(watcher);
    this.#rooms.set(event, room);
    this.#listeners.set(watcher, listener);
    room.listeners.add(listener);
    if (!this.#turns.has(listener)) room.idle.add(listener);
    listener.rooms.set(room, room.last);
  }

  /** It was told where everybody is at this moment. */
  told(watcher: Watcher): void {
    const listener = this.#listeners.get(watcher);
    if (listener !== undefined) listener.toldMs = this.#ctx.clock.monotonic();
  }

  leave(watcher: Watcher, event: EventId): void {
    const [room, listener] = [this.#rooms.get(event), this.#listeners.get(watcher)];
    if (room === undefined || listener === undefined) return;
    listener.rooms.delete(room);
    room.listeners.delete(listener);
    room.idle.delete(listener);
    if (room.listeners.size === 0) this.#rooms.delete(event);
    if (listener.rooms.size > 0) return;
    this.#listeners.delete(watcher);
    this.#turns.delete(listener);
  }

  /** Somebody moved, or is to be seen otherwise than before: whoever may see it hears of it. */
  touch(event: EventId, user: UserId): void {
    const room = this.#rooms.get(event);
    if (room === undefined) return;
    room.moved(user);
    for (const listener of room.idle) this.#plan(listener);
  }

  #plan(listener: Listener): void {
    for (const room of listener.rooms.keys()) room.idle.delete(listener);
    this.#turns.plan(listener, listener.toldMs + everyMs);
  }

  #rest(listener: Listener): void {
    for (const room of listener.rooms.keys()) room.idle.add(listener);
  }

  async #tellAll(listeners: readonly Listener[]): Promise<void> {
    const { clock } = this.#ctx;
    let nowMs = clock.monotonic();
    let begunMs = nowMs;
    for (const listener of listeners) {
      this.#attempt(listener, nowMs);
      nowMs = clock.monotonic();
      if (nowMs - begunMs < sliceMs) continue;
      await nextTurn();
      begunMs = nowMs = clock.monotonic();
    }
  }

  #attempt(listener: Listener, nowMs: number): void {
    try {
      this.#tell(listener, nowMs);
    } catch (error) {
      this.#failed(listener, error);
    }
  }

  /** Whoever was not told now is told a second later. */
  #failed(listener: Listener, error: unknown): void {
    this.#ctx.log.error({ error }, "positions were not delivered");
    listener.toldMs = this.#ctx.clock.monotonic();
    this.#plan(listener);
  }

  #tell(listener: Listener, nowMs: number): void {
    const { watcher } = listener;
    const viewer = watcher.viewer?.id;
    if (viewer === undefined || !watcher.isLive || listener.rooms.size === 0) return;
    if (!watcher.isWritable) {
      listener.toldMs = nowMs;
      return this.#plan(listener);
    }
    const views: View[] = [];
    const unread: Room[] = [];
    for (const [room, told] of listener.rooms) {
      if (told === room.last) continue;
      const sight = this.#readySight(room, told);
      if (sight === null) unread.push(room);
      else views.push({ room, told, sight });
    }
    if (unread.length > 0) return this.#readFirst(unread, listener);
    const telling = { viewer, now: this.#ctx.clock.now(), texts: [], length: 0 };
    const isAll = views.every((view) => this.#collect(listener, view, telling));
    if (telling.texts.length > 0) {
      listener.toldMs = nowMs;
      watcher.sendAll(telling.texts, true);
    }
    if (isAll) this.#rest(listener);
    else this.#plan(listener);
  }

  /** Who sees whom, where it is known of everybody who moved since; else it has to be read before. */
  #readySight(room: Room, told: number): WatchedSight | null {
    const sight = sightOf(this.#ctx, room.event);
    if (sight === undefined) return null;
    if (sight.isWhole) return sight;
    for (const [user, { move }] of room.movers) if (move > told && !isKnown(sight, user)) return null;
    return sight;
  }

  /** False where there is more than one write takes. */
  #collect(listener: Listener, { room, told, sight }: View, telling: Telling): boolean {
    const looker = lookerIn(sight, telling.viewer);
    let last = told;
    for (const [user, mover] of room.movers) {
      if (mover.move <= told) continue;
      if (telling.length >= writeLength) break;
      last = mover.move;
      if (user === telling.viewer) continue;
      const frame = this.#frameOf(room, sight, user, mover, telling.now);
      if (frame === null || !isShownTo(this.#ctx, frame.shown, looker, telling.now)) continue;
      telling.texts.push(frame.text);
      telling.length += frame.text.length;
    }
    listener.rooms.set(room, last);
    return last === room.last;
  }

  /** What whoever may see somebody is told of them at this instant; encoded once for all. */
  #frameOf(room: Room, sight: WatchedSight, user: UserId, mover: Mover, now: number): Frame | null {
    const { move, frame } = mover;
    if (frame?.move === move && stillHolds(frame.shown, sight, now)) return frame;
    const shown = shownIn(this.#ctx, sight, user, now);
    if (shown === null) return (mover.frame = null);
    const text = encode({ type: "position", event: room.event, user, ...shown.row });
    return (mover.frame = { move, shown, text });
  }

  /** Reads what has to be known, and then tells. */
  #readFirst(rooms: readonly Room[], listener: Listener): void {
    Promise.all(rooms.map((room) => this.#read(room)))
      .then(() => this.#attempt(listener, this.#ctx.clock.monotonic()))
      .catch((error: unknown) => this.#failed(listener, error));
  }

  #read(room: Room): Promise<void> {
    room.reading ??= this.#readAll(room).finally(() => (room.reading = null));
    return room.reading;
  }

  async #readAll(room: Room): Promise<void> {
    for (const user of room.movers.keys()) {
      const sight = sightOf(this.#ctx, room.event);
      if (sight === undefined || !isKnown(sight, user)) await readSight(this.#ctx, room.event, user);
    }
  }
}
