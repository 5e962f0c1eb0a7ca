import { nextTurn } from "../lib/turn.ts";
import type { Link } from "./link.ts";

/** Channels that are subscribed, or given up, in one command. */
const together = 500;

interface Wishes {
  has(channel: string): boolean;
  all(): string[];
}

/** Keeps what a link hears to what is wanted: all that changes in one turn together, one step after another. */
export class Subscriber {
  readonly #link: Link;
  readonly #wishes: Wishes;
  readonly #follows: (channels: readonly string[]) => void;
  readonly #failed: (error: unknown) => void;
  readonly #heard = new Set<string>();
  #changed = new Set<string>();
  #isWorking = false;

  /** `follows` learns of channels that are heard from now on. */
  constructor(
    link: Link,
    wishes: Wishes,
    tell: { follows: (channels: readonly string[]) => void; failed: (error: unknown) => void },
  ) {
    this.#link = link;
    this.#wishes = wishes;
    this.#follows = tell.follows;
    this.#failed = tell.failed;
  }

  /** Everything that is wanted, from the beginning of a link. */
  async begin(): Promise<void> {
    const channels = this.#wishes.all();
    for (let next = 0; next < channels.length; next += together)
      await this.#add(channels.slice(next, next + together));
  }

  changed(channel: string): void {
    this.#changed.add(channel);
    if (this.#isWorking) return;
    this.#isWorking = true;
    this.#work()
      .catch((error: unknown) => this.#failed(error))
      .finally(() => (this.#isWorking = false));
  }

  async #work(): Promise<void> {
    await nextTurn();
    while (this.#changed.size > 0) {
      const channels = [...this.#changed].slice(0, together);
      for (const channel of channels) this.#changed.delete(channel);
      const added = channels.filter((channel) => this.#wishes.has(channel) && !this.#heard.has(channel));
      const ended = channels.filter((channel) => !this.#wishes.has(channel) && this.#heard.has(channel));
      if (added.length > 0) {
        await this.#add(added);
        this.#follows(added);
      }
      if (ended.length === 0) continue;
      for (const channel of ended) this.#heard.delete(channel);
      await this.#link.unsubscribe(ended);
    }
  }

  async #add(channels: readonly string[]): Promise<void> {
    await this.#link.subscribe(channels);
    for (const channel of channels) this.#heard.add(channel);
  }
}
