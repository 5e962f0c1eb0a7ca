import { serverFrame, type ServerFrame } from "@jarvis/contract";
import type { Json } from "./world.ts";

type Type = ServerFrame["type"];
export type Of<T extends Type> = Extract<ServerFrame, { type: T }>;

/** Frames as they came, and waiting for those to come: whatever brings them. */
export class FrameLog {
  readonly frames: ServerFrame[] = [];
  readonly #waiting = new Set<() => void>();
  #failure: Error | null = null;

  receive(value: unknown): void {
    const frame = value as ServerFrame; // the schema looks at it next
    serverFrame.parse(frame);
    this.frames.push(frame);
    for (const look of this.#waiting) look();
  }

  /** Nothing more comes: whoever waits learns so. */
  fail(reason: string): void {
    this.#failure ??= new Error(reason);
    for (const look of this.#waiting) look();
  }

  /** The first frame of this type, among those that came already or are to come, that fits. */
  next<T extends Type>(type: T, fits: (frame: Of<T>) => boolean = () => true): Promise<Of<T>> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.of(type).find(fits);
        if (found === undefined && this.#failure === null) return;
        this.#waiting.delete(look);
        if (found === undefined) reject(this.#failure ?? new Error("no failure"));
        else resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  of<T extends Type>(type: T): Of<T>[] {
    return this.frames.filter((frame): frame is Of<T> => frame.type === type);
  }

  entries(stream: string): Of<"entry">[] {
    return this.of("entry").filter((entry) => entry.stream === stream);
  }

  message(event: string, seq: number): Promise<Of<"entry">> {
    const isIt = (entry: Of<"entry">) =>
      entry.stream === `event:${event}` &&
      entry.kind === "message" &&
      (entry.data["message"] as Json).seq === seq;
    return this.next("entry", isIt);
  }
}

/** Numbers of a stream that a reader was told of, entries and skips alike, in the order of arrival. */
export function numbersOf(frames: readonly ServerFrame[], stream: string): number[] {
  return frames.flatMap((frame) => {
    if (frame.type === "entry" && frame.stream === stream) return [frame.seq];
    if (frame.type !== "skip" || frame.stream !== stream) return [];
    return upTo(frame.from, frame.to);
  });
}

export function upTo(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}
