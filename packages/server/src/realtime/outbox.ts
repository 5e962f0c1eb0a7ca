/** Who frames are posted to. */
export interface Receiver {
  sendPosted(texts: readonly string[]): void;
}

/** Beyond this nothing is gained by waiting for more. */
const fullLength = 16 * 1024;

interface Post {
  readonly texts: string[];
  length: number;
}

/**
 * Frames for single connections that come up while a commit is reported: each connection gets its own in one write, as
 * soon as the report is over, where one write each would cost more than all the rest. Whoever says something else to a
 * connection meanwhile flushes it before, so that nothing overtakes.
 */
export class Outbox {
  readonly #posts = new Map<Receiver, Post>();
  #isPlanned = false;

  post(receiver: Receiver, text: string): void {
    const post = this.#posts.get(receiver);
    if (post === undefined) {
      this.#posts.set(receiver, { texts: [text], length: text.length });
      this.#plan();
      return;
    }
    post.texts.push(text);
    post.length += text.length;
    if (post.length >= fullLength) this.flush(receiver);
  }

  flush(receiver: Receiver): void {
    if (this.#posts.size === 0) return;
    const post = this.#posts.get(receiver);
    if (post === undefined) return;
    this.#posts.delete(receiver);
    receiver.sendPosted(post.texts);
  }

  /** Everybody, or all but the one to whom what comes next is not said. */
  flushAll(except?: Receiver): void {
    if (this.#posts.size === 0) return;
    for (const receiver of this.#posts.keys()) if (receiver !== except) this.flush(receiver);
  }

  drop(receiver: Receiver): void {
    this.#posts.delete(receiver);
  }

  /** After all that is reported synchronously: a microtask does not come between. */
  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    queueMicrotask(() => {
      this.#isPlanned = false;
      this.flushAll();
    });
  }
}
