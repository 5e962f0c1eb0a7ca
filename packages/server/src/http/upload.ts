import { open } from "node:fs/promises";
import { limits } from "@jarvis/contract";
import type { SentDocument, Upload } from "../call.ts";
import { AppError } from "../lib/app-error.ts";
import type { Clock } from "../lib/clock.ts";
import { GrowingBytes } from "../lib/growing-bytes.ts";

/** Whoever sends less than this in so much time holds a place for nothing. */
const pace = { everyMs: 10_000, leastBytes: 64 * 1024 };

/** The body of a request as an image that is written to a file while it arrives; nothing is read before. */
export function toUpload(request: Request, types: readonly string[], clock: Clock): Upload {
  return {
    async saveTo(path, cut) {
      if (!types.includes(mediaTypeOf(request)))
        throw new AppError("unsupported_media_type", { detail: `The body must be ${types.join(" or ")}` });
      const bound = { maxBytes: limits.photoBytes, what: "An image" };
      refuseDeclared(request, bound);
      const file = await open(path, "wx", 0o600);
      try {
        return await receive(
          request.body,
          { bound, clock, cut },
          async (chunk) => void (await file.write(chunk)),
        );
      } finally {
        await file.close();
      }
    },
  };
}

/** The body of a request as a document that is held in memory, and is small enough for that. */
export function toDocument(request: Request, { maxBytes }: { maxBytes: number }, clock: Clock): SentDocument {
  return {
    async bytes(cut) {
      const bound = { maxBytes, what: "This document" };
      refuseDeclared(request, bound);
      const read = new GrowingBytes();
      await receive(request.body, { bound, clock, cut }, (chunk) => read.add(chunk));
      return read.bytes;
    },
  };
}

export function mediaTypeOf({ headers }: Request): string {
  return headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
}

interface Bound {
  readonly maxBytes: number;
  readonly what: string;
}

function refuseDeclared({ headers }: Request, bound: Bound): void {
  if (Number(headers.get("content-length") ?? 0) > bound.maxBytes) throw tooLarge(bound);
}

/** A chunk at a time: the next is asked for when the last is taken, and meanwhile the sender waits. */
async function receive(
  body: ReadableStream<Uint8Array> | null,
  { bound, clock, cut }: { bound: Bound; clock: Clock; cut: AbortSignal },
  take: (chunk: Uint8Array) => void | Promise<void>,
): Promise<number> {
  if (body === null) return 0;
  const reader = body.getReader();
  const end = () => void reader.cancel();
  const watch = new Pace(clock, end);
  cut.addEventListener("abort", end, { once: true });
  try {
    for (;;) {
      if (cut.aborted) throw placeLost();
      const { done, value } = await reader.read();
      if (cut.aborted) throw placeLost();
      if (watch.isLost) throw new AppError("invalid_input", { detail: "The body arrives too slowly" });
      if (done) return watch.bytes;
      watch.bytes += value.length;
      if (watch.bytes > bound.maxBytes) throw tooLarge(bound);
      await take(value);
    }
  } finally {
    watch.stop();
    cut.removeEventListener("abort", end);
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

function placeLost(): AppError {
  const detail = "Others wait, and this body has taken the longest to arrive";
  return new AppError("unavailable", { detail, retryAfterS: 5 });
}

function tooLarge({ maxBytes, what }: Bound): AppError {
  return new AppError("too_large", { detail: `${what} has at most ${maxBytes} bytes` });
}
