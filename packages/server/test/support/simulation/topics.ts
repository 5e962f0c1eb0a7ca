import type { Topics as ServerTopics } from "../../../src/realtime/delivery.ts";

/** A socket's end of a subscription. */
interface Subscriber {
  published(text: string): void;
  flush(): void;
}

/** Bun's topics: a publication reaches its subscribers' sockets at the end of the turn. */
export class Topics implements ServerTopics {
  readonly #subscribers = new Map<string, Set<Subscriber>>();
  readonly #waiting = new Set<Subscriber>();
  #planned = false;

  add(topic: string, end: Subscriber): void {
    const ends = this.#subscribers.get(topic) ?? new Set();
    this.#subscribers.set(topic, ends.add(end));
  }

  remove(topic: string, end: Subscriber): void {
    this.#subscribers.get(topic)?.delete(end);
  }

  subscriberCount(topic: string): number {
    return this.#subscribers.get(topic)?.size ?? 0;
  }

  publish(topic: string, text: string, by?: { publish(topic: string, text: string): void }): void {
    if (by === undefined) this.publishExcept(topic, text, null);
    else by.publish(topic, text);
  }

  publishExcept(topic: string, text: string, sender: Subscriber | null): void {
    for (const end of this.#subscribers.get(topic) ?? []) {
      if (end === sender) continue;
      end.published(text);
      this.#waiting.add(end);
    }
    if (!this.#planned && this.#waiting.size > 0) {
      this.#planned = true;
      setImmediate(() => this.flush());
    }
  }

  flush(): void {
    this.#planned = false;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const end of waiting) end.flush();
  }
}
