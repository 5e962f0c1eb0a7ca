import { realtimeLimits } from "@jarvis/contract";
import { AppError } from "../lib/app-error.ts";
import { sha256 } from "../lib/ids.ts";
import { decodePlace, encodePlace, keyLength } from "./cursor-codec.ts";
import type { Beginning } from "./connection.ts";

/** Whose streams a cursor speaks of, and in which history: another's is worth nothing. */
export interface CursorOwner {
  readonly user: string;
  readonly epoch: string;
}

const ownerBytes = { user: 6, epoch: 8 } as const;

/**
 * How far one connection has heard every stream: what a transport without a `hello` goes on from. Streams are named by
 * the first bytes of a hash, so that 500 of them fit into a header.
 */
export class Cursor {
  readonly #owner: Buffer;
  /** By stream key; what has changed last stands last. */
  readonly #points = new Map<string, number>();
  readonly #keys = new Map<string, string>();
  /** True until everything that is not among the points has been reset. */
  #isPartial = false;
  readonly resumes: boolean;

  /** Goes on after what `text` stands for; null begins afresh. */
  constructor({ user, epoch }: CursorOwner, text: string | null) {
    this.#owner = Buffer.concat([hash(user, ownerBytes.user), hash(epoch, ownerBytes.epoch)]);
    this.resumes = text !== null;
    if (text === null) return;
    const place = decodePlace(text, this.#owner.length);
    if (place === null) throw new AppError("invalid_input", { detail: "The cursor cannot be read" });
    const isOwn = place.owner.equals(this.#owner);
    this.#isPartial = place.isPartial || !isOwn;
    if (isOwn) for (const [key, seq] of place.points) this.#points.set(key, seq);
  }

  /** Where a connection that hears these streams begins, so that it misses nothing. */
  begin(heads: Readonly<Record<string, number>>): Beginning {
    const resume: Record<string, number> = {};
    for (const [stream, seq] of Object.entries(heads)) {
      const key = this.#keyOf(stream);
      const point = this.#points.get(key);
      if (point !== undefined) resume[stream] = point;
      else if (!this.#isPartial) this.#points.set(key, seq);
    }
    return { resume, sameEpoch: true, resetsRest: this.#isPartial };
  }

  /** What was not among the points has been reset. */
  begun(): void {
    this.#isPartial = false;
  }

  /** Everything of the stream up to this entry has been heard. */
  move(stream: string, seq: number): void {
    const key = this.#keyOf(stream);
    this.#points.delete(key);
    this.#points.set(key, Math.max(0, seq));
  }

  encode(): string {
    const surplus = this.#points.size - realtimeLimits.cursorStreams;
    const points = surplus > 0 ? [...this.#points].slice(surplus) : this.#points;
    return encodePlace({ owner: this.#owner, isPartial: this.#isPartial || surplus > 0, points });
  }

  #keyOf(stream: string): string {
    const known = this.#keys.get(stream);
    if (known !== undefined) return known;
    const key = hash(stream, keyLength).toString("latin1");
    this.#keys.set(stream, key);
    return key;
  }
}

function hash(text: string, length: number): Buffer {
  return Buffer.from(sha256(text).subarray(0, length));
}
