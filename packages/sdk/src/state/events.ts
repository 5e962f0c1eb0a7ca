import type { DeliveredKind, EntryData, EntryFrame, ServerFrame } from "@jarvis/contract";
import type { ConnectionState } from "../realtime.ts";

type Of<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;

/** An entry with the data of its kind. */
export type Told<K extends DeliveredKind> = Omit<EntryFrame, "kind" | "data"> & {
  readonly kind: K;
  readonly data: EntryData<K>;
};

/** What a store tells besides its state: every kind of entry once it is in the state, and what no state holds. */
export type StoreEvents = { [K in DeliveredKind]: Told<K> } & {
  position: Of<"position">;
  friend_position: Of<"friend_position">;
  typing: Of<"typing">;
  read: Of<"read">;
  online: Of<"online">;
  connection: ConnectionState;
  /** An event can no longer be read, or not be fetched (`code`). */
  gone: { event: string; code?: string };
  /** Something went wrong that is no call's own: a snapshot that was refused, a storage that does not store. */
  error: unknown;
};

type Listener = (told: never) => void;

/** Who listens to what. */
export class Listeners {
  readonly #listeners = new Map<string, Set<Listener>>();

  on<K extends keyof StoreEvents>(name: K, listener: (told: StoreEvents[K]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  emit<K extends keyof StoreEvents>(name: K, told: StoreEvents[K]): void {
    this.#call(name, told);
  }

  /** An entry or another frame; kinds of a newer server find no listener. */
  frame(frame: ServerFrame): void {
    this.#call(frame.type === "entry" ? frame.kind : frame.type, frame);
  }

  #call(name: string, told: unknown): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(told as never); // registered for this name
  }
}
