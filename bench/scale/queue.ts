/** What happens at which time, in that order: a binary heap. */
export class EventQueue {
  readonly #heap: { atMs: number; order: number; run(): void }[] = [];
  #order = 0;
  nowMs = 0;

  at(atMs: number, run: () => void): void {
    const heap = this.#heap;
    let i = heap.push({ atMs: Math.max(atMs, this.nowMs), order: this.#order++, run }) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#isBefore(i, parent)) break;
      this.#swap(i, parent);
      i = parent;
    }
  }

  after(delayMs: number, run: () => void): void {
    this.at(this.nowMs + delayMs, run);
  }

  /** Until nothing is left to happen. */
  run(): void {
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      this.nowMs = next.atMs;
      next.run();
    }
  }

  #take() {
    const heap = this.#heap;
    if (heap.length === 0) return undefined;
    this.#swap(0, heap.length - 1);
    const first = heap.pop();
    for (let i = 0; ; ) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2])
        if (child < heap.length && this.#isBefore(child, least)) least = child;
      if (least === i) return first;
      this.#swap(i, least);
      i = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) return false;
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#heap[a], this.#heap[b]];
    if (one === undefined || other === undefined) return;
    this.#heap[a] = other;
    this.#heap[b] = one;
  }
}

/** One core that does one thing after the other, beside what it is busy with anyhow. */
export class Core {
  readonly #queue: EventQueue;
  readonly #busyShare: number;
  #freeMs = 0;
  workedMs = 0;

  constructor(queue: EventQueue, busyShare: number) {
    this.#queue = queue;
    this.#busyShare = busyShare;
  }

  /** How much of what has been given to it is not done yet. */
  get backlogMs(): number {
    return Math.max(0, this.#freeMs - this.#queue.nowMs);
  }

  /** When so much CPU has been had, after everything before it. */
  take(cpuMs: number): number {
    this.#freeMs = Math.max(this.#freeMs, this.#queue.nowMs) + cpuMs / (1 - this.#busyShare);
    this.workedMs += cpuMs;
    return this.#freeMs;
  }
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
