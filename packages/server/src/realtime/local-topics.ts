/** Who hears topics without being a WebSocket of Bun's. */
export interface TopicListener {
  deliver(text: string): void;
}

/** Topics of the connections that are no WebSockets. A server without any pays a look at an empty map. */
export class LocalTopics {
  readonly #listeners = new Map<string, Set<TopicListener>>();

  subscribe(topic: string, listener: TopicListener): void {
    const listeners = this.#listeners.get(topic);
    if (listeners === undefined) this.#listeners.set(topic, new Set([listener]));
    else listeners.add(listener);
  }

  unsubscribe(topic: string, listener: TopicListener): void {
    const listeners = this.#listeners.get(topic);
    if (listeners === undefined) return;
    listeners.delete(listener);
    if (listeners.size === 0) this.#listeners.delete(topic);
  }

  subscriberCount(topic: string): number {
    return this.#listeners.size === 0 ? 0 : (this.#listeners.get(topic)?.size ?? 0);
  }

  /** How many topics somebody hears. */
  get size(): number {
    return this.#listeners.size;
  }

  /** To everybody who hears it; one of them may fail and leave meanwhile. */
  publish(topic: string, text: string): void {
    if (this.#listeners.size === 0) return;
    for (const listener of this.#listeners.get(topic) ?? []) listener.deliver(text);
  }
}
