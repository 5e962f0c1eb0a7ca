import type { LocalTopics, TopicListener } from "./local-topics.ts";

/** The topics that one connection hears: all of them are given up with it. */
export class Subscriptions {
  readonly #topics: LocalTopics;
  readonly #own = new Set<string>();

  constructor(topics: LocalTopics) {
    this.#topics = topics;
  }

  add(topic: string, listener: TopicListener): void {
    this.#own.add(topic);
    this.#topics.subscribe(topic, listener);
  }

  delete(topic: string, listener: TopicListener): void {
    if (this.#own.delete(topic)) this.#topics.unsubscribe(topic, listener);
  }

  has(topic: string): boolean {
    return this.#own.has(topic);
  }

  clear(listener: TopicListener): void {
    for (const topic of this.#own) this.#topics.unsubscribe(topic, listener);
    this.#own.clear();
  }
}
