import type { ServerFrame } from "@jarvis/contract";
import { Cursors, type ResumePoint } from "./cursors.ts";
import { FrameQueue } from "./frame-queue.ts";

/** What became of a frame; after `hole` and `full` the connection has to be made anew. */
export type Intake = "taken" | "repeat" | "hole" | "full";

/** Frames on their way to the reader: each entry once and in order, as many as `limit` waiting. */
export class Inbox {
  /** How far the socket has brought the streams: where a reconnect goes on. */
  readonly received: Cursors;
  /** How far the reader has taken them: where a restarted application goes on. */
  readonly #taken: Cursors;
  readonly #queue: FrameQueue;
  readonly #limit: number;
  #early: ServerFrame[] = [];
  #handedOut: ServerFrame | undefined;
  #lastHole = "";

  constructor(resume: ResumePoint | undefined, limit: number, onDrained: () => void) {
    this.received = new Cursors(resume);
    this.#taken = new Cursors(resume);
    this.#limit = limit;
    this.#queue = new FrameQueue(limit, onDrained);
  }

  get isFull(): boolean {
    return this.#queue.isFull;
  }

  get resumePoint(): ResumePoint | null {
    return this.#taken.snapshot();
  }

  /** Before a new socket is opened: which streams will be asked for behind the hello. */
  expectLate(streams: Iterable<string>): void {
    this.#early = [];
    this.received.expectLate(streams);
  }

  take(frame: ServerFrame): Intake {
    if (this.#queue.isFull) return "full";
    const standing = this.received.accept(frame);
    if (standing === "early") return this.#hold(frame);
    if (standing === "repeat") return "repeat";
    if (standing === "hole" && !this.#bridge(frame)) return "hole";
    this.#queue.push(frame);
    return this.#early.length > 0 ? this.#release() : "taken";
  }

  #hold(frame: ServerFrame): Intake {
    if (this.#early.length >= this.#limit) return "hole";
    this.#early.push(frame);
    return "taken";
  }

  /** Live entries that came before their stream's replay follow it: a server sends none of them twice. */
  #release(): Intake {
    const held = this.#early;
    this.#early = [];
    for (const frame of held) {
      const standing = this.received.accept(frame);
      if (standing === "new") this.#queue.push(frame);
      else if (standing !== "repeat") this.#early.push(frame);
    }
    return "taken";
  }

  end(error: Error | null): void {
    this.#queue.end(error);
  }

  async *frames(): AsyncGenerator<ServerFrame, void, void> {
    for (let frame = await this.#next(); frame; frame = await this.#next()) yield frame;
  }

  /** A reader that asks for the next frame has dealt with the one before. */
  async #next(): Promise<ServerFrame | undefined> {
    if (this.#handedOut) this.#taken.accept(this.#handedOut);
    this.#handedOut = undefined;
    this.#handedOut = await this.#queue.next();
    return this.#handedOut;
  }

  /**
   * A hole is closed by resuming. One that is still there then is told to the reader as a `reset`, rather than passed
   * over in silence or asked for without end.
   */
  #bridge(frame: ServerFrame): boolean {
    if (frame.type !== "entry" && frame.type !== "skip") return false;
    const hole = `${frame.stream} ${this.received.at(frame.stream)}`;
    const again = hole === this.#lastHole;
    this.#lastHole = hole;
    if (!again) return false;
    const last_seq = (frame.type === "entry" ? frame.seq : frame.from) - 1;
    const reset: ServerFrame = { type: "reset", stream: frame.stream, last_seq };
    this.received.accept(reset);
    this.#queue.push(reset);
    return this.received.accept(frame) === "new";
  }
}
