import type { FriendPositionFrame, Message, PositionFrame, ServerFrame } from "@jarvis/contract";

export type Entry = Extract<ServerFrame, { type: "entry" }>;

/** Thrown where something that must happen did not; the demo then ends with its sentence. */
export class Unmet extends Error {}

interface Waiter {
  met: () => boolean;
  resolve: () => void;
}

/** What one person sees: built from the frames of their own connection and nothing else. */
export class View {
  readonly self: string;
  readonly positions = new Map<string, PositionFrame>();
  /** Friends who show where they are beside events. */
  readonly friends = new Map<string, FriendPositionFrame>();
  readonly messages = new Map<number, Message>();
  readonly entries: Entry[] = [];
  /** How far the others have read, as they let be known. */
  readonly readBy = new Map<string, number>();
  /** People who have paused: where they are must not be shown. */
  readonly hidden = new Set<string>();
  readonly problems: string[] = [];
  positionCount = 0;
  readSeq = 0;
  readonly #last = new Map<string, number>();
  #waiters: Waiter[] = [];

  constructor(self: string) {
    this.self = self;
  }

  get lastMessage(): Message | undefined {
    return this.messages.get(Math.max(0, ...this.messages.keys()));
  }

  /** Messages of others behind the read marker. */
  get unread(): number {
    return [...this.messages.values()].filter(
      ({ seq, author }) => seq > this.readSeq && author?.id !== this.self,
    ).length;
  }

  apply(frame: ServerFrame): void {
    if (frame.type === "entry") this.#entry(frame);
    if (frame.type === "skip") this.#last.set(frame.stream, frame.to);
    if (frame.type === "reset") this.fail(`${frame.stream} could not be resumed`);
    if (frame.type === "position") this.#position(frame);
    if (frame.type === "friend_position") this.friends.set(frame.user, frame);
    if (frame.type === "read") this.readBy.set(frame.user, frame.seq);
    if (frame.type === "error") this.fail(`the server refused a frame: ${frame.code}`);
    const met = this.#waiters.filter((waiter) => waiter.met());
    this.#waiters = this.#waiters.filter((waiter) => !met.includes(waiter));
    for (const waiter of met) waiter.resolve();
  }

  fail(problem: string): void {
    this.problems.push(problem);
  }

  heard(kind: string, matches: Record<string, unknown> = {}): boolean {
    return this.entries.some(
      (entry) =>
        entry.kind === kind && Object.entries(matches).every(([key, value]) => entry.data[key] === value),
    );
  }

  /** Waits until what is seen meets a condition; `what` completes "… did not happen". */
  async until(met: () => boolean, what: string, withinS = 15): Promise<void> {
    if (met()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiters.push({ met, resolve });
    const timer = setTimeout(
      () => reject(new Unmet(`${what}: waited ${withinS} s in vain`)),
      withinS * 1_000,
    );
    await promise.finally(() => clearTimeout(timer));
  }

  #entry(entry: Entry): void {
    const last = this.#last.get(entry.stream);
    if (last !== undefined && entry.seq !== last + 1) {
      this.fail(`${entry.stream} went from ${last} to ${entry.seq}`);
    }
    this.#last.set(entry.stream, entry.seq);
    this.entries.push(entry);
    if (!entry.kind.startsWith("message")) return;
    const message = entry.data["message"] as Message; // the contract's form of these three kinds
    this.messages.set(message.seq, message);
  }

  #position(frame: PositionFrame): void {
    if (this.hidden.has(frame.user) && frame.latitude !== undefined)
      this.fail(`${frame.username} was seen in a pause`);
    this.positions.set(frame.user, frame);
    this.positionCount++;
  }
}
