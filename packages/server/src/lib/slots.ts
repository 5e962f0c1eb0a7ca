import type { Clock } from "./clock.ts";

/** So long somebody may take to send, whoever else waits for a place. */
const patienceMs = 10_000;

/**
 * Places for work that takes memory or time: so many at once, and so many of one person. Where none is left, whoever
 * sends slowly makes room: of those who would have more than the one who comes, the person with the most; else whoever has been
 * sending for longer than anybody need. So nobody keeps all places by sending as slowly as is allowed.
 */
export class Slots {
  readonly #total: number;
  readonly #each: number;
  readonly #clock: Pick<Clock, "monotonic">;
  /** In the order in which they were taken. */
  readonly #taken = new Set<Place>();

  constructor(total: number, each: number, clock: Pick<Clock, "monotonic">) {
    this.#total = total;
    this.#each = each;
    this.#clock = clock;
  }

  /** Null when there is none left. */
  take(user: string): Place | null {
    const own = this.#countOf(user);
    if (own >= this.#each) return null;
    if (this.#taken.size >= this.#total && !this.#makeRoom(own)) return null;
    const place = new Place(user, this.#clock.monotonic(), () => void this.#taken.delete(place));
    this.#taken.add(place);
    return place;
  }

  #makeRoom(own: number): boolean {
    const longest = this.#clock.monotonic() - patienceMs;
    let most = own + 1;
    let chosen: Place | undefined;
    for (const place of this.#taken) {
      if (!place.isReceiving) continue;
      const count = this.#countOf(place.user);
      if (count > most) {
        most = count;
        chosen = place;
      }
    }
    chosen ??= [...this.#taken].find((place) => place.isReceiving && place.takenMs <= longest);
    chosen?.giveUp();
    return chosen !== undefined;
  }

  #countOf(user: string): number {
    let count = 0;
    for (const place of this.#taken) if (place.user === user) count++;
    return count;
  }
}

export class Place implements Disposable {
  readonly user: string;
  readonly takenMs: number;
  readonly #leave: () => void;
  #cut: AbortController | null = null;

  constructor(user: string, takenMs: number, leave: () => void) {
    this.user = user;
    this.takenMs = takenMs;
    this.#leave = leave;
  }

  /** Receives what the work is about. As long as that goes on, it may be cut in favour of somebody else. */
  async receive<T>(read: (cut: AbortSignal) => Promise<T>): Promise<T> {
    const cut = new AbortController();
    this.#cut = cut;
    try {
      return await read(cut.signal);
    } finally {
      this.#cut = null;
    }
  }

  get isReceiving(): boolean {
    return this.#cut?.signal.aborted === false;
  }

  giveUp(): void {
    this.#cut?.abort();
    this.#leave();
  }

  [Symbol.dispose](): void {
    this.#leave();
  }
}
