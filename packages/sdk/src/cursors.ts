import type { EntryFrame, ServerFrame } from "@jarvis/contract";

/** Where to go on in each stream, and in which history; plain JSON, so that it can be kept between starts. */
export interface ResumePoint {
  epoch: string;
  streams: Record<string, number>;
}

/**
 * What a frame is for somebody who has read so far: `new`, a `repeat` of what was read, `early` where a replay that was
 * asked for is still to come, or beyond a `hole`, which a correct server never leaves.
 */
export type Standing = "new" | "repeat" | "early" | "hole";

/** How far each stream has been read. Streams are numbered without gaps; `skip` covers what may not be read. */
export class Cursors {
  #epoch: string | null;
  readonly #streams: Map<string, number>;
  /** Asked for behind the others, because one hello could not hold them all: until then live entries come too early. */
  readonly #late = new Set<string>();

  constructor(point?: ResumePoint) {
    this.#epoch = point?.epoch ?? null;
    this.#streams = new Map(Object.entries(point?.streams ?? {}));
  }

  get epoch(): string | null {
    return this.#epoch;
  }

  /** Null before the first welcome. */
  snapshot(): ResumePoint | null {
    return this.#epoch === null ? null : { epoch: this.#epoch, streams: Object.fromEntries(this.#streams) };
  }

  at(stream: string): number | undefined {
    return this.#streams.get(stream);
  }

  expectLate(streams: Iterable<string>): void {
    this.#late.clear();
    for (const stream of streams) this.#late.add(stream);
  }

  /** Moves on over a frame that is new; any other leaves everything as it is. */
  accept(frame: ServerFrame): Standing {
    if (frame.type === "entry") return this.#entry(frame);
    if (frame.type === "skip") return this.#advance(frame.stream, frame.from, frame.to);
    if (frame.type === "reset") return this.#moveTo(frame.stream, frame.last_seq);
    if (frame.type === "welcome") return this.#welcome(frame);
    return "new";
  }

  /** What is no longer readable is forgotten; what is newly readable is heard from where it stands now. */
  #welcome(frame: Extract<ServerFrame, { type: "welcome" }>): Standing {
    if (this.#epoch !== null && this.#epoch !== frame.epoch) this.#streams.clear();
    this.#epoch = frame.epoch;
    for (const stream of this.#streams.keys()) if (!(stream in frame.streams)) this.#streams.delete(stream);
    for (const [stream, last] of Object.entries(frame.streams)) this.#begin(stream, last);
    return "new";
  }

  #begin(stream: string, last: number): void {
    if (!this.#streams.has(stream)) this.#streams.set(stream, last);
  }

  #moveTo(stream: string, seq: number): Standing {
    this.#late.delete(stream);
    this.#streams.set(stream, seq);
    return "new";
  }

  #advance(stream: string, from: number, to: number): Standing {
    const at = this.#streams.get(stream);
    if (at !== undefined && to <= at) return "repeat";
    if (at !== undefined && from > at + 1) return this.#late.has(stream) ? "early" : "hole";
    return this.#moveTo(stream, to);
  }

  #entry(frame: EntryFrame): Standing {
    const standing = this.#advance(frame.stream, frame.seq, frame.seq);
    if (standing === "new") this.#follow(frame);
    return standing;
  }

  /** Joining or leaving an event, told on the user's own stream, opens or ends the event's stream. */
  #follow({ kind, data }: EntryFrame): void {
    if (typeof data["event"] !== "string") return;
    const stream = `event:${data["event"]}`;
    if (kind === "removed") this.#streams.delete(stream);
    const joined = kind === "invited" || kind === "event_created";
    if (joined && typeof data["last_seq"] === "number") this.#begin(stream, data["last_seq"]);
  }
}

/** Splits resume points so that each part, as JSON, has at most `maxBytes`. Stream names are ASCII. */
export function resumeChunks(streams: Record<string, number>, maxBytes: number): Record<string, number>[] {
  const chunks: Record<string, number>[] = [{}];
  let bytes = 0;
  for (const [stream, seq] of Object.entries(streams)) {
    const size = JSON.stringify(stream).length + String(seq).length + 2;
    if (bytes + size > maxBytes && bytes > 0) {
      chunks.push({});
      bytes = 0;
    }
    bytes += size;
    const last = chunks.at(-1);
    if (last) last[stream] = seq;
  }
  return chunks;
}
