import { nextTurn } from "../lib/turn.ts";
import { envelope } from "./codec.ts";

/** What waits and what is on its way, in characters. What does not fit is lost: it was a hint. */
const maxChars = 8 * 1024 * 1024;

export type Send = (channel: string, text: string) => Promise<unknown>;

/** What this node tells the others: all of one turn to one channel in one go. */
export class Outgoing {
  sent = 0;
  lost = 0;
  readonly #node: string;
  readonly #max: number;
  #waiting = new Map<string, string[]>();
  readonly #underWay = new Set<Promise<void>>();
  #chars = 0;
  #isPlanned = false;
  /** Null while there is nobody to give it to. */
  #send: Send | null = null;

  constructor(node: string, max = maxChars) {
    this.#node = node;
    this.#max = max;
  }

  /** Through this from now on; what is said while it is null is lost. */
  through(send: Send | null): void {
    this.#send = send;
  }

  put(channel: string, text: string): void {
    if (this.#send === null || this.#chars + text.length > this.#max) {
      this.lost++;
      return;
    }
    this.#chars += text.length;
    const texts = this.#waiting.get(channel);
    if (texts === undefined) this.#waiting.set(channel, [text]);
    else texts.push(text);
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    void nextTurn().then(() => this.#flush());
  }

  /** Everything that was put until now has been sent, or is lost. */
  async settled(): Promise<void> {
    this.#flush();
    await Promise.all(this.#underWay);
  }

  #flush(): void {
    this.#isPlanned = false;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    for (const [channel, texts] of waiting) {
      const sending = this.#sendAll(channel, texts).finally(() => this.#underWay.delete(sending));
      this.#underWay.add(sending);
    }
  }

  async #sendAll(channel: string, texts: readonly string[]): Promise<void> {
    try {
      if (this.#send === null) throw new Error("the bus is down");
      await this.#send(channel, envelope(this.#node, texts));
      this.sent += texts.length;
    } catch {
      // Why is told by the connection that failed; that it may not have arrived is what counts here.
      this.lost += texts.length;
    } finally {
      for (const { length } of texts) this.#chars -= length;
    }
  }
}
