import type { EventId, ServerFrame, UserId } from "@jarvis/contract";
import { deferred } from "../deferred.ts";
import { asError, JarvisNetworkError } from "../errors.ts";
import type { Connection, ConnectionState } from "../realtime.ts";
import type { Sent } from "../outbox.ts";
import { markerMoved } from "./chat-reducer.ts";
import type { ChatState } from "./event-state.ts";
import { Listeners, type StoreEvents } from "./events.ts";
import { putOlder } from "./messages.ts";
import type { OutgoingMessage } from "./outgoing.ts";
import { Polls } from "./polls.ts";
import { type Draft, Sending } from "./sending.ts";
import { memoryStorage } from "./storage.ts";
import type { Snapshot, StoreOptions, StoreParts } from "./store-options.ts";
import { Sync } from "./sync.ts";
import { type TimelineItem, Timelines } from "./timeline.ts";
import { Watching } from "./watching.ts";
import { nowhere } from "./whereabouts.ts";

/** Unsent messages that are held at most. */
const outgoingLimit = 1_000;
const olderPage = 50;

/**
 * What one person sees, kept true while it changes: themselves, their events, chats and unread counts, and messages on
 * their way. `subscribe` and `getSnapshot` are what React's `useSyncExternalStore` takes; `examples/chat-app.ts` shows it.
 */
export class Store {
  /** For what a store does not do itself: typing. */
  readonly connection: Connection;
  /** The polls for the times of events. */
  readonly polls: Polls;
  /** Whose positions are looked at. */
  readonly positions: Watching;
  readonly #parts: StoreParts;
  readonly #messages: number;
  readonly #listeners = new Listeners();
  readonly #subscribers = new Set<() => void>();
  readonly #timelines = new Timelines();
  readonly #ready = deferred<void>();
  readonly #sync: Sync;
  readonly #sending: Sending;
  #connectionState: ConnectionState = "connecting";
  #self: string | undefined;
  #isBegun = false;
  #snapshot: Snapshot | undefined;

  constructor(parts: StoreParts, options: StoreOptions = {}) {
    const { storage = memoryStorage(), self, preload = 20, messages = 1_000 } = options;
    const { client, clock, random } = parts;
    this.#parts = parts;
    this.#messages = messages;
    const failed = (error: unknown) => this.#listeners.emit("error", error);
    this.#sync = new Sync({
      client,
      clock,
      random,
      preload,
      messages,
      changed: () => this.#changed(),
      told: (frame) => {
        this.#listeners.frame(frame);
        this.polls.heard(frame);
      },
      gone: (event, code) => this.#listeners.emit("gone", { event, ...(code === undefined ? {} : { code }) }),
      failed,
    });
    this.polls = new Polls({ client, clock, random, sync: this.#sync, failed });
    this.#sending = new Sending({
      clock,
      random,
      storage,
      limit: outgoingLimit,
      carrier: { send: (message) => this.#carry(message), upload: parts.upload },
      chatOf: (id) => (this.#sync.isLoading(id) ? "loading" : this.#chatOf(id)),
      onChange: () => this.#notify(),
      onStorageError: failed,
    });
    this.#ready.promise.catch(() => {}); // whoever waits for it hears of the failure
    if (self !== undefined) this.#isOf(self);
    this.connection = parts.connect({ onState: (state) => this.#connected(state), self });
    this.positions = new Watching(this.connection, this.#sync);
    void this.#run();
  }

  /** Resolves once the person and the first events are loaded; rejects where the sign-in is not valid. */
  ready(): Promise<void> {
    return this.#ready.promise;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#subscribers.add(listener);
    return () => void this.#subscribers.delete(listener);
  };

  readonly getSnapshot = (): Snapshot => {
    const { state } = this.#sync;
    this.#snapshot ??= {
      connection: this.#connectionState,
      user: state?.user ?? null,
      events: state?.events ?? {},
      where: state?.where ?? nowhere,
      outgoing: this.#sending.outgoing,
    };
    return this.#snapshot;
  };

  /** Calls `listener` at each of these from now on; gives what ends it. */
  on<K extends keyof StoreEvents>(name: K, listener: (told: StoreEvents[K]) => void): () => void {
    return this.#listeners.on(name, listener);
  }

  /** Loads an event that is not loaded. It is in the snapshot then, unless it cannot be read. */
  async load(event: string): Promise<void> {
    if (this.#sync.state?.events[event] === undefined) await this.#sync.load(event);
  }

  unload(event: string): void {
    this.#sync.unload(event);
    this.#timelines.forget(event);
  }

  /** A chat as it is shown: its messages, and those on their way into it. The same array between changes. */
  timeline(event: string): readonly TimelineItem[] {
    return this.#timelines.of(event, this.#chatOf(event)?.messages, this.#sending.outgoing);
  }

  /** Fetches the page before the oldest message held; false where there is none, or no room for it. */
  async loadOlder(event: string): Promise<boolean> {
    const chat = this.#chatOf(event);
    const before = chat?.messages[0]?.seq;
    if (!chat?.hasOlder || before === undefined) return false;
    const limit = Math.min(olderPage, this.#messages - chat.messages.length);
    if (limit <= 0) return false;
    const of = { id: event as EventId, before, limit };
    const { items, nextCursor } = await this.#parts.client.chat.listMessages(of);
    this.#sync.change(event, (held) => {
      const isNext = held.chat.messages[0]?.seq === before;
      return isNext
        ? { ...held, chat: { ...held.chat, ...putOlder(held.chat, items, nextCursor !== null) } }
        : held;
    });
    return true;
  }

  /** Shows a message at once and sends it, now or when there is a network again. Gives what names it in the timeline. */
  send(event: string, draft: string | Draft): string {
    return this.#sending.add(event, typeof draft === "string" ? { text: draft } : draft);
  }

  /** Tries a failed message again. */
  retry(clientId: string): void {
    this.#sending.retry(clientId);
  }

  /** Gives a failed message up. */
  discard(clientId: string): void {
    this.#sending.discard(clientId);
  }

  /** Marks a chat read up to a message, here at once; false where it is not held. Nobody has read what has not arrived. */
  read(event: string, seq: number): boolean {
    const self = this.#self;
    const chat = this.#chatOf(event);
    if (self === undefined || chat === undefined) return false;
    const upTo = Math.min(seq, chat.last_seq); // a number ahead of the server's would be said once, to no effect
    this.connection.read(event, upTo);
    this.#sync.change(event, (held) => markerMoved(held, self, upTo, { self, messages: this.#messages }));
    return true;
  }

  /** Ends it; unsent messages stay in the storage for the next one. */
  close(): void {
    void this.#sending.stop(false);
    this.#end();
  }

  /** Ends it, forgets unsent messages, and signs out: the first two also where there is no network. */
  async logout(options: { everywhere?: boolean } = {}): Promise<void> {
    this.#end();
    await this.#sending.stop(true);
    const { client } = this.#parts;
    const id = this.#self as UserId | undefined; // as the server gave it
    if (id === undefined) throw new JarvisNetworkError("It is not known yet who is signed in");
    await client.accounts.logout({ id, ...(options.everywhere ? { everywhere: "true" } : {}) });
    client.setToken(null);
  }

  #end(): void {
    this.#sync.close();
    this.polls.close();
    this.connection.close();
    this.#ready.reject(new JarvisNetworkError("The store was closed"));
  }

  async #run(): Promise<void> {
    try {
      for await (const frame of this.connection) this.#take(frame);
    } catch (error) {
      void this.#sending.stop(false);
      this.#ready.reject(asError(error));
      this.#listeners.emit("error", error);
    }
  }

  #take(frame: ServerFrame): void {
    if (frame.type !== "welcome" || this.#isBegun) return this.#sync.take(frame);
    this.#isBegun = true;
    this.#isOf(frame.user);
    this.#sync.begin(frame.user).then(
      () => this.#ready.resolve(),
      (error: unknown) => this.#ready.reject(asError(error)),
    );
  }

  #isOf(self: string): void {
    if (this.#self !== undefined) return;
    this.#self = self;
    void this.#sending.begin(`jarvis.outbox.${self}`);
  }

  #carry({ chat, text, clientId, replyTo, mentions, photos }: OutgoingMessage): Promise<Sent> {
    if (photos.length === 0 && mentions === undefined)
      return this.connection.send(chat, text, { clientId, ...(replyTo === undefined ? {} : { replyTo }) });
    const content = { text, client_id: clientId, reply_to: replyTo, mentions: mentions && [...mentions] };
    // It is carried once its photos are uploaded, so that each has an id.
    const uploaded = photos.flatMap(({ id }) => (id === undefined ? [] : [id]));
    const args = { ...content, id: chat as EventId, photos: uploaded };
    return this.#parts.client.chat.sendMessage(args).then(({ seq }) => ({ seq, clientId }));
  }

  #chatOf(event: string): ChatState | undefined {
    return this.#sync.state?.events[event]?.chat;
  }

  #connected(state: ConnectionState): void {
    this.#connectionState = state;
    this.#notify();
    this.#listeners.emit("connection", state);
  }

  /** What has arrived in its chat leaves the outbox in the same step: nobody sees it twice. */
  #changed(): void {
    for (const id of new Set(this.#sending.outgoing.map(({ chat }) => chat)))
      if (!this.#sync.isLoading(id)) this.#sending.settle(id, this.#chatOf(id));
    this.#notify();
  }

  #notify(): void {
    this.#snapshot = undefined;
    for (const listener of this.#subscribers) listener();
  }
}
