import type { EventId, StreamId, UserId } from "@jarvis/contract";
import type { Context } from "../context.ts";
import { type Away, readableOf } from "../events/service.ts";
import { type Entry, isAboutMessage } from "./render.ts";

/** How long an answer holds where nothing is heard of a change. */
const lifetimeMs = 1_000;

/** Which of a connection's streams its person may read, and what of them not: asked for all that wait, in one query. */
export class Standing {
  readonly #ctx: Context;
  readonly #user: UserId;
  #readable = new Map<EventId, Away[]>();
  #asked = new Set<EventId>();
  #askedMs = 0;
  #changes = 0;

  constructor(ctx: Context, user: UserId) {
    this.#ctx = ctx;
    this.#user = user;
  }

  /** What was known may not hold any more. */
  forget(): void {
    this.#changes++;
    this.#asked.clear();
  }

  /** The times of which they may read nothing; null when the stream is not theirs. `others` are asked for on the way. */
  async of(stream: StreamId, others: readonly StreamId[]): Promise<readonly Away[] | null> {
    const event = eventOf(stream);
    if (event === null) return [];
    while (!this.#asked.has(event) || this.#ctx.clock.monotonic() - this.#askedMs >= lifetimeMs)
      await this.#ask([event, ...others.map(eventOf).filter((other) => other !== null)]);
    return this.#readable.get(event) ?? null;
  }

  async #ask(events: readonly EventId[]): Promise<void> {
    const changes = this.#changes;
    const asked = new Set(events);
    const askedMs = this.#ctx.clock.monotonic();
    const readable = await readableOf(this.#ctx.db.read, this.#user, [...asked]);
    if (changes !== this.#changes) return;
    this.#readable = readable;
    this.#asked = asked;
    this.#askedMs = askedMs;
  }
}

function eventOf(stream: StreamId): EventId | null {
  return stream.startsWith("event:") ? (stream.slice("event:".length) as EventId) : null; // its name was made of it
}

/** What was reported while they were removed, and what is reported later about a message of that time. */
export function hides(away: Away, entry: Entry): boolean {
  if (isWithin(entry.seq, away.from_entry, away.to_entry)) return true;
  return isAboutMessage(entry) && isWithin(Number(entry.data["seq"]), away.from_message, away.to_message);
}

function isWithin(seq: number, from: number, to: number | null): boolean {
  return seq >= from && (to === null || seq <= to);
}
