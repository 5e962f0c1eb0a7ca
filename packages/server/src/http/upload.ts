import { type FileHandle, open } from "node:fs/promises";
import { limits } from "@jarvis/contract";
import type { Upload } from "../call.ts";
import { AppError } from "../lib/app-error.ts";
import type { Clock } from "../lib/clock.ts";

/** Whoever sends less than this in so much time holds a place for nothing. */
const pace = { everyMs: 10_000, leastBytes: 64 * 1024 };

/** The body of a request as an image that is written to a file while it arrives; nothing is read before. */
export function toUpload(request: Request, types: readonly string[], clock: Clock): Upload {
  return {
    async saveTo(path) {
      const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
      if (!types.includes(type))
        throw new AppError("unsupported_media_type", { detail: `The body must be ${types.join(" or ")}` });
      if (Number(request.headers.get("content-length") ?? 0) > limits.photoBytes) throw tooLarge();
      const file = await open(path, "wx", 0o600);
      try {
        return await receive(request.body, file, clock);
      } finally {
        await file.close();
      }
    },
  };
}

/** A chunk at a time: the next is asked for when the last is in the file, and meanwhile the sender waits. */
async function receive(
  body: ReadableStream<Uint8Array> | null,
  file: FileHandle,
  clock: Clock,
): Promise<number> {
  if (body === null) return 0;
  const reader = body.getReader();
  const watch = new Pace(clock, () => void reader.cancel());
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (watch.isLost) throw new AppError("invalid_input", { detail: "The body arrives too slowly" });
      if (done) return watch.bytes;
      watch.bytes += value.length;
      if (watch.bytes > limits.photoBytes) throw tooLarge();
      await file.write(value);
    }
  } finally {
    watch.stop();
    reader.releaseLock();
  }
}

class Pace {
  bytes = 0;
  isLost = false;
  readonly #clock: Clock;
  readonly #onLost: () => void;
  #before = 0;
  #timer: { cancel(): void };

  constructor(clock: Clock, onLost: () => void) {
    this.#clock = clock;
    this.#onLost = onLost;
    this.#timer = this.#schedule();
  }

  stop(): void {
    this.#timer.cancel();
  }

  #schedule(): { cancel(): void } {
    return this.#clock.schedule(pace.everyMs, () => this.#check());
  }

  #check(): void {
    this.isLost = this.bytes - this.#before < pace.leastBytes;
    this.#before = this.bytes;
    if (this.isLost) this.#onLost();
    else this.#timer = this.#schedule();
  }
}

function tooLarge(): AppError {
  return new AppError("too_large", { detail: `An image has at most ${limits.photoBytes} bytes` });
}
