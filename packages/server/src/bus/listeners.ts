import type { Log } from "../lib/log.ts";
import type { BusMessage } from "./bus.ts";

/** Whoever listens on this node: a synchronous call, in order. One that throws does not stop the others. */
export class Listeners {
  readonly #log: Log;
  readonly #all = new Set<(message: BusMessage) => void>();

  constructor(log: Log) {
    this.#log = log;
  }

  add(listener: (message: BusMessage) => void): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  tell(message: BusMessage): void {
    for (const listener of this.#all) {
      try {
        listener(message);
      } catch (error) {
        this.#log.error({ error, type: message.type }, "a bus listener failed");
      }
    }
  }
}
