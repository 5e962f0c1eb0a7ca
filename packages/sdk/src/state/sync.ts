import type { ServerFrame } from "@jarvis/contract";
import { backoffMs } from "../backoff.ts";
import type { Api } from "../api.ts";
import { type Clock, type Random, unixMs } from "../environment.ts";
import { JarvisError, JarvisNetworkError } from "../errors.ts";
import { applyFrame, mapEvent, type State, withoutEvent } from "./apply.ts";
import type { EventState } from "./event-state.ts";
import { aimedElsewhere } from "./journey-reducer.ts";
import { changesMessage, type Fetching, Loader } from "./loader.ts";
import type { WatchTarget } from "../watched.ts";
import { fetchEvent, fetchUser, type FetchedUser } from "./snapshot.ts";
import { recount } from "./unread.ts";
import { without } from "./whereabouts.ts";
import { withoutFriend } from "./whereabouts-reducer.ts";

export interface SyncParts {
  readonly client: Api;
  readonly clock: Clock;
  readonly random: Random;
  readonly preload: number;
  readonly messages: number;
  /** The state has changed. */
  changed(): void;
  /** A frame that is in the state now, or that no state holds. */
  told(frame: ServerFrame): void;
  gone(event: string, code?: string): void;
  failed(error: unknown): void;
}

/** So many events are fetched side by side. */
const fetchesAtOnce = 4;
/** After a restart of the server, its clients ask for what no entry replays within this time, not all at once. */
const refreshWithinMs = 5_000;

/**
 * Keeps a state true: it hears the streams first, fetches then, and applies what came meanwhile. A `reset`, and what
 * entries do not tell, is fetched again.
 */
export class Sync {
  readonly #parts: SyncParts;
  readonly #loader = new Loader(fetchesAtOnce);
  #self: string | undefined;
  #state: State | undefined;
  #closed = false;

  constructor(parts: SyncParts) {
    this.#parts = parts;
  }

  get state(): State | undefined {
    return this.#state;
  }

  isLoading(event: string): boolean {
    return this.#loader.isLoading(`event:${event}`);
  }

  /** After the first welcome: the person, then the events that are on. */
  async begin(self: string): Promise<void> {
    this.#self = self;
    const fetched = await this.#loadUser(self);
    await Promise.all((fetched?.current ?? []).slice(0, this.#parts.preload).map((id) => this.load(id)));
  }

  take(frame: ServerFrame): void {
    if (this.#closed) return;
    if (frame.type === "welcome") return this.#welcomedAgain(frame);
    if (frame.type === "reset") return this.#reset(frame.stream);
    const stream = streamOf(frame, this.#self ?? "");
    if (stream === undefined || !this.#loader.hold(stream, frame)) this.#apply(frame);
  }

  /** Fetches an event and keeps it up from then on. */
  load(id: string): Promise<void> {
    return this.#loader.load(`event:${id}`, {
      ...this.#fetching,
      fetch: () => fetchEvent(this.#parts.client, id, this.#self ?? "", this.#sizeOf(id)),
      done: (event: EventState, frames) => this.#loaded(event, frames),
      refused: (error) => this.#drop(id, error.code),
    });
  }

  /** Holds it no longer. */
  unload(id: string): void {
    this.#loader.cancel(`event:${id}`);
    this.#set(this.#state && withoutEvent(this.#state, id));
  }

  change(id: string, change: (event: EventState) => EventState): void {
    this.#set(this.#state && mapEvent(this.#state, id, change));
    this.#refetchStale();
  }

  /** Of where people are, what is not watched any more. */
  forget(target: WatchTarget): void {
    const { where } = this.#state ?? {};
    if (this.#state === undefined || where === undefined) return;
    const left =
      typeof target === "string"
        ? { ...where, positions: without(where.positions, target) }
        : withoutFriend(where, target.user);
    this.#set({ ...this.#state, where: left });
  }

  close(): void {
    this.#closed = true;
  }

  /** As many messages as are held already. */
  #sizeOf(id: string): number {
    const held = this.#state?.events[id]?.chat.messages.length ?? 0;
    return Math.min(this.#parts.messages, Math.max(50, held));
  }

  readonly #fetching: Pick<Fetching<unknown>, "retry"> = {
    retry: async (error, attempt) => {
      const isPassing =
        error instanceof JarvisNetworkError || (error instanceof JarvisError && error.status >= 429);
      if (!isPassing) this.#parts.failed(error);
      if (!isPassing || this.#closed) return false;
      await this.#sleep(1_000 + backoffMs(attempt, this.#parts.random.fraction()));
      return !this.#closed;
    },
  };

  async #loadUser(self: string): Promise<FetchedUser | undefined> {
    let result: FetchedUser | undefined;
    await this.#loader.load(`user:${self}`, {
      ...this.#fetching,
      fetch: () => fetchUser(this.#parts.client, self),
      done: (fetched: FetchedUser, frames) => {
        result = fetched;
        const online = this.#state?.user.online ?? [];
        const { events = {}, where } = this.#state ?? {};
        this.#set({ user: { ...fetched.user, online }, events, where });
        for (const frame of frames) this.#apply(frame);
      },
      refused: (error) => this.#parts.failed(error),
    });
    return result;
  }

  #loaded(event: EventState, frames: readonly ServerFrame[]): void {
    if (this.#state === undefined) return;
    const poll = this.#state.events[event.id]?.poll;
    // What was fetched is without its poll: of that it is not known what was missed.
    const loaded = poll === undefined ? event : { ...event, poll: { ...poll, stale: true } };
    const before = this.#state.events[event.id];
    const where = before && this.#state.where && aimedElsewhere(this.#state.where, before, event);
    const events = { ...this.#state.events, [event.id]: loaded };
    let next: State = { ...this.#state, events, where: where ?? this.#state.where };
    for (const frame of frames) next = this.#applied(next, frame);
    // The counts may be from before or after a deletion that was also heard of: counted again, they are right.
    const mayBeOff = frames.some((frame) => frame.type === "entry" && changesMessage(frame));
    next = mapEvent(next, event.id, (loaded) => settled(loaded, next.user.id, mayBeOff));
    this.#set(next);
    for (const frame of frames) this.#parts.told(frame);
    this.#refetchStale();
  }

  #applied(state: State, frame: ServerFrame): State {
    return applyFrame(state, frame, this.#parts.messages, unixMs(this.#parts.clock));
  }

  #apply(frame: ServerFrame): void {
    this.#set(this.#state && this.#applied(this.#state, frame));
    if (frame.type === "entry" && frame.kind === "removed") this.#drop(String(frame.data["event"]));
    this.#parts.told(frame);
    const opens = frame.type === "entry" && (frame.kind === "invited" || frame.kind === "event_created");
    if (opens && this.#parts.preload > 0) void this.load(String(frame.data["event"]));
    this.#refetchStale();
  }

  #welcomedAgain(frame: Extract<ServerFrame, { type: "welcome" }>): void {
    const before = Object.keys(this.#state?.events ?? {});
    this.#set(this.#state && this.#applied(this.#state, frame));
    for (const id of before) if (!(`event:${id}` in frame.streams)) this.#drop(id);
    void this.#refreshMarkers();
  }

  #reset(stream: string): void {
    if (stream === `user:${this.#self}`) return void this.#loadUser(stream.slice("user:".length));
    const id = stream.slice("event:".length);
    if (this.#loader.isLoading(stream) || this.#state?.events[id]) void this.load(id);
  }

  #drop(id: string, code?: string): void {
    this.#loader.cancel(`event:${id}`);
    this.#set(this.#state && withoutEvent(this.#state, id));
    this.#parts.gone(id, code);
  }

  #refetchStale(): void {
    for (const event of Object.values(this.#state?.events ?? {}))
      if (event.stale && !this.isLoading(event.id)) void this.load(event.id);
  }

  /** Where others have read up to is a last value: what was missed is not replayed. */
  async #refreshMarkers(): Promise<void> {
    await this.#sleep(this.#parts.random.fraction() * refreshWithinMs);
    for (const id of Object.keys(this.#state?.events ?? {})) {
      if (this.#closed) return;
      try {
        const { read } = await this.#parts.client.chat.getChat({ id }, { retries: 3 });
        for (const [user, seq] of Object.entries(read)) this.take({ type: "read", chat: id, user, seq });
      } catch (error) {
        if (!(error instanceof JarvisNetworkError)) this.#parts.failed(error);
      }
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#parts.clock.schedule(ms, resolve));
  }

  #set(state: State | undefined): void {
    if (state === this.#state || state === undefined || this.#closed) return;
    this.#state = state;
    this.#parts.changed();
  }
}

function settled(event: EventState, self: string, mayBeOff: boolean): EventState {
  const counted = recount(event.chat, self);
  if (counted !== undefined) return { ...event, chat: counted, stale: false };
  return mayBeOff ? { ...event, stale: true } : event;
}

/** The stream whose snapshot a frame changes. */
function streamOf(frame: ServerFrame, self: string): string | undefined {
  if (frame.type === "entry" || frame.type === "skip") return frame.stream;
  if (frame.type === "read") return `event:${frame.chat}`;
  return frame.type === "online" ? `user:${self}` : undefined;
}
