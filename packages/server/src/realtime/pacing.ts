import type { StreamId } from "@jarvis/contract";

/** What live delivery sends one connection in one turn of the event loop, at most; an entry may exceed it by itself. */
export const turnBytes = 64 * 1024;

interface Line {
  next(): boolean;
  fail(error: unknown): void;
}

/**
 * A commit may hold hundreds of entries. Delivered in one go they would fill the queue of a socket that reads as fast as
 * it can: after so many bytes the rest waits for the next turn, in which sockets are written to, and streams take turns.
 */
export class Pacer {
  readonly #look: (streams: ReadonlySet<StreamId>) => void;
  readonly #lines: Line[] = [];
  /** Streams that were sent something since the last look at their readers, and how much. */
  readonly #sent = new Set<StreamId>();
  #unseen = 0;
  #spent = 0;
  #isPlanned = false;

  /** `look` is called, between turns, each time that a turn's worth was sent: who does not keep up is to be found. */
  constructor(look: (streams: ReadonlySet<StreamId>) => void) {
    this.#look = look;
  }

  /** Nothing more goes out in this turn. */
  get isSpent(): boolean {
    return this.#spent >= turnBytes;
  }

  /** So much is on its way to each of those who hear this stream. */
  spend(stream: StreamId, bytes: number): void {
    this.#spent += bytes;
    this.#unseen += bytes;
    this.#sent.add(stream);
    this.#plan();
  }

  /** Takes `count` steps, one after another, as fast as the turns allow; a step that throws is the last. */
  run(count: number, step: (index: number) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      let index = 0;
      const next = (): boolean => {
        if (index < count) step(index++);
        if (index < count) return true;
        resolve();
        return false;
      };
      this.#lines.push({ next, fail: reject });
      this.#go();
    });
  }

  #go(): void {
    while (!this.isSpent) {
      const line = this.#lines.shift();
      if (line === undefined) return;
      if (this.#step(line)) this.#lines.push(line);
    }
    this.#plan();
  }

  #step(line: Line): boolean {
    try {
      return line.next();
    } catch (error) {
      line.fail(error);
      return false;
    }
  }

  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      this.#spent = 0;
      this.#lookAround();
      this.#go();
    });
  }

  #lookAround(): void {
    if (this.#unseen < turnBytes) return;
    this.#look(this.#sent);
    this.#sent.clear();
    this.#unseen = 0;
  }
}
