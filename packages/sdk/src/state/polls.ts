import type { EventId, ServerFrame, Votes, VotesInput } from "@jarvis/contract";
import type { Api } from "../api.ts";
import { backoffMs } from "../backoff.ts";
import type { Clock, Random } from "../environment.ts";
import { JarvisError, JarvisNetworkError } from "../errors.ts";
import { Loader } from "./loader.ts";
import { withPoll, withVotes } from "./poll-reducer.ts";
import type { Sync } from "./sync.ts";

interface PollsParts {
  readonly client: Api;
  readonly clock: Clock;
  readonly random: Random;
  readonly sync: Pick<Sync, "state" | "change">;
  failed(error: unknown): void;
}

const fetchesAtOnce = 2;
/** While a poll is looked at: everybody hears of a change at once, and not everybody asks in the same moment. */
const refetchWithinMs = 4_000;

/** Polls that are looked at. A poll can be large, so it is fetched when somebody wants to see it, and no sooner. */
export class Polls {
  readonly #parts: PollsParts;
  readonly #loader = new Loader(fetchesAtOnce);
  readonly #watched = new Map<string, number>();
  readonly #awaited = new Set<string>();
  #closed = false;

  constructor(parts: PollsParts) {
    this.#parts = parts;
  }

  /** Fetches the poll of a loaded event, where the state has none or an old one; then it is in the snapshot. */
  async load(event: string): Promise<void> {
    const held = this.#parts.sync.state?.events[event];
    if (held === undefined || (held.poll && !held.poll.stale && !held.poll.votersStale)) return;
    await this.#fetch(event);
  }

  /** Keeps it true while it is looked at, all but who voted what; gives what ends that. */
  watch(event: string): () => void {
    this.#watched.set(event, (this.#watched.get(event) ?? 0) + 1);
    void this.load(event);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const others = (this.#watched.get(event) ?? 1) - 1;
      if (others > 0) this.#watched.set(event, others);
      else this.#watched.delete(event);
    };
  }

  /** Votes, and shows it at once when it is stored: `null` takes a vote back, what is not named stays. */
  async vote(event: string, votes: VotesInput): Promise<Votes> {
    const id = event as EventId; // as the server gave it
    const own = await this.#parts.client.polls.setVotes({ id, votes });
    this.#parts.sync.change(event, (held) => withVotes(held, own));
    return own;
  }

  /** A frame that is in the state now. */
  heard(frame: ServerFrame): void {
    if (frame.type !== "entry" || !frame.stream.startsWith("event:")) return;
    const event = frame.stream.slice("event:".length);
    this.#loader.hold(`poll:${event}`, frame);
    if (this.#parts.sync.state?.events[event]?.poll?.stale) this.#refetchSoon(event);
  }

  close(): void {
    this.#closed = true;
  }

  #refetchSoon(event: string): void {
    if (!this.#watched.has(event) || this.#awaited.has(event)) return;
    this.#awaited.add(event);
    const { clock, random } = this.#parts;
    clock.schedule(random.fraction() * refetchWithinMs, () => {
      this.#awaited.delete(event);
      if (!this.#closed && this.#watched.has(event)) void this.load(event);
    });
  }

  #fetch(event: string): Promise<void> {
    const id = event as EventId; // as the server gave it
    const { client, sync } = this.#parts;
    return this.#loader.load(`poll:${event}`, {
      fetch: () => client.polls.getPoll({ id }),
      done: (poll, frames) => {
        const heard = frames.filter((frame) => frame.type === "entry");
        sync.change(event, (held) => withPoll(held, poll, heard));
      },
      refused: (error) => this.#parts.failed(error),
      retry: (error, attempt) => this.#again(error, attempt),
    });
  }

  async #again(error: unknown, attempt: number): Promise<boolean> {
    const isPassing =
      error instanceof JarvisNetworkError || (error instanceof JarvisError && error.status >= 429);
    if (!isPassing) this.#parts.failed(error);
    if (!isPassing || this.#closed) return false;
    const { clock, random } = this.#parts;
    const waitMs = 1_000 + backoffMs(attempt, random.fraction());
    await new Promise<void>((resolve) => void clock.schedule(waitMs, resolve));
    return !this.#closed;
  }
}
