import type { Connection } from "../realtime.ts";
import type { WatchTarget } from "../watched.ts";
import type { Sync } from "./sync.ts";

/** Whose positions are looked at: they flow only while they are, and the connection asks for them anew when it breaks. */
export class Watching {
  readonly #connection: Pick<Connection, "watch" | "unwatch">;
  readonly #sync: Pick<Sync, "forget">;
  readonly #lookers = new Map<string, number>();

  constructor(connection: Pick<Connection, "watch" | "unwatch">, sync: Pick<Sync, "forget">) {
    this.#connection = connection;
    this.#sync = sync;
  }

  /** Keeps the positions of an event's people, or of a friend who shares, in the snapshot; gives what ends that. */
  watch(target: WatchTarget): () => void {
    const key = JSON.stringify(target);
    const others = this.#lookers.get(key) ?? 0;
    this.#lookers.set(key, others + 1);
    if (others === 0) this.#connection.watch(target);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const left = (this.#lookers.get(key) ?? 1) - 1;
      this.#lookers.set(key, left);
      if (left > 0) return;
      this.#lookers.delete(key);
      this.#connection.unwatch(target);
      this.#sync.forget(target);
    };
  }
}
