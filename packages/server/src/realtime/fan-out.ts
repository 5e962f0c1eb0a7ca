import type { EventId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import {
  isKnown,
  isShownTo,
  readSight,
  shownIn,
  sightOf,
  stillHolds,
  type WatchedSight,
} from "../location/service.ts";
import { nextTurn } from "../lib/turn.ts";
import { encode } from "./frames.ts";
import { type Frame, Listener, Room, type Watcher } from "./position-rooms.ts";
import { TurnTable } from "./turn-table.ts";

const everyMs = 1_000;
/** Of what moves in one event so much is told in one go; the rest has its turn a second later. */
const writeLength = 32 * 1024;
/** Others get between after so long. */
const sliceMs = 8;

/** What is looked at in one turn. */
interface View {
  readonly room: Room;
  readonly sight: WatchedSight;
  readonly now: number;
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
    let begunMs = clock.monotonic();
    for (const listener of listeners) {
      this.#attempt(listener);
      if (clock.monotonic() - begunMs < sliceMs) continue;
      await nextTurn();
      begunMs = clock.monotonic();
    }
  }

  #attempt(listener: Listener): void {
    try {
      this.#tell(listener);
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

  #tell(listener: Listener): void {
    const { watcher } = listener;
    const viewer = watcher.viewer?.id;
    if (viewer === undefined || !watcher.isLive || listener.rooms.size === 0) return;
    if (!watcher.isWritable) {
      listener.toldMs = this.#ctx.clock.monotonic();
      return this.#plan(listener);
    }
    const unread = [...listener.rooms.keys()].filter((room) => !this.#isReady(room, listener));
    if (unread.length > 0) return this.#readFirst(unread, listener);
    const texts: string[] = [];
    const isAll = this.#collect(listener, viewer, texts);
    if (texts.length > 0) {
      listener.toldMs = this.#ctx.clock.monotonic();
      watcher.sendAll(texts, true);
    }
    if (isAll) this.#rest(listener);
    else this.#plan(listener);
  }

  /** False where there is more than one write takes. */
  #collect(listener: Listener, viewer: UserId, texts: string[]): boolean {
    const now = this.#ctx.clock.now();
    let length = 0;
    for (const [room, told] of listener.rooms) {
      if (told === room.last) continue;
      const sight = sightOf(this.#ctx, room.event);
      if (sight === undefined) return false; // it has just grown too old
      const view = { room, sight, now };
      let last = told;
      for (const [user, move] of room.moves) {
        if (move <= told) continue;
        if (length >= writeLength) break;
        last = move;
        const text = user === viewer ? null : this.#frame(view, user, move, viewer);
        if (text === null) continue;
        texts.push(text);
        length += text.length;
      }
      listener.rooms.set(room, last);
      if (last !== room.last) return false;
    }
    return true;
  }

  /** What this viewer may be shown of somebody at this instant; encoded once for all. */
  #frame(view: View, user: UserId, move: number, viewer: UserId): string | null {
    const known = view.room.frames.get(user);
    const holds = known?.move === move && stillHolds(known.shown, view.sight, view.now);
    const frame = holds ? known : this.#make(view, user, move);
    return frame !== null && isShownTo(this.#ctx, frame.shown, viewer, view.now) ? frame.text : null;
  }

  #make({ room, sight, now }: View, user: UserId, move: number): Frame | null {
    const shown = shownIn(this.#ctx, sight, user, now);
    if (shown === null) {
      room.frames.delete(user);
      return null;
    }
    const text = encode({ type: "position", event: room.event, user, ...shown.row });
    const frame = { move, shown, text };
    room.frames.set(user, frame);
    return frame;
  }

  #isReady(room: Room, listener: Listener): boolean {
    const told = listener.rooms.get(room) ?? 0;
    if (told === room.last) return true;
    const sight = sightOf(this.#ctx, room.event);
    if (sight === undefined) return false;
    if (sight.isWhole) return true;
    for (const [user, move] of room.moves) if (move > told && !isKnown(sight, user)) return false;
    return true;
  }

  /** Reads what has to be known, and then tells. */
  #readFirst(rooms: readonly Room[], listener: Listener): void {
    Promise.all(rooms.map((room) => this.#read(room)))
      .then(() => this.#attempt(listener))
      .catch((error: unknown) => this.#failed(listener, error));
  }

  #read(room: Room): Promise<void> {
    room.reading ??= this.#readAll(room).finally(() => (room.reading = null));
    return room.reading;
  }

  async #readAll(room: Room): Promise<void> {
    for (const user of room.moves.keys()) {
      const sight = sightOf(this.#ctx, room.event);
      if (sight === undefined || !isKnown(sight, user)) await readSight(this.#ctx, room.event, user);
    }
  }
}
