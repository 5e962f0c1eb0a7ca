import type { ServerFrame } from "@jarvis/contract";

/**
 * Frames between the socket and the application that reads them, at most `limit`. A full queue takes no more: the
 * connection then closes its socket and resumes once the reader has caught up, so memory stays bounded and nothing
 * durable is lost.
 */
export class FrameQueue {
  readonly #frames: ServerFrame[] = [];
  readonly #limit: number;
  readonly #onDrained: () => void;
  #wake: (() => void) | undefined;
  #full = false;
  #end: { error: Error | null } | undefined;

  constructor(limit: number, onDrained: () => void) {
    this.#limit = limit;
    this.#onDrained = onDrained;
  }

  get isFull(): boolean {
    this.#full ||= this.#frames.length >= this.#limit;
    return this.#full;
  }

  push(frame: ServerFrame): void {
    this.#frames.push(frame);
    this.#wake?.();
  }

  /** What is queued can still be read; then the reader ends, or throws `error`. */
  end(error: Error | null): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  /** The next frame; undefined at the end. */
  async next(): Promise<ServerFrame | undefined> {
    while (this.#frames.length === 0 && this.#end === undefined) await this.#arrival();
    const frame = this.#frames.shift();
    if (this.#full && this.#frames.length <= this.#limit / 2) this.#drained();
    if (frame === undefined && this.#end?.error) throw this.#end.error;
    return frame;
  }

  #drained(): void {
    this.#full = false;
    this.#onDrained();
  }

  #arrival(): Promise<void> {
    const earlier = this.#wake;
    return new Promise((resolve) => {
      this.#wake = () => {
        earlier?.();
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
