import type { Clock } from "../../src/lib/clock.ts";

export interface MovedClock extends Clock {
  /** Moves time forward, running what becomes due in order. */
  advance(ms: number): void;
  /** Puts the wall clock somewhere, backwards too; timers keep their distance. */
  set(ms: number): void;
  /** How many timers wait. */
  readonly pending: number;
}

interface Timer {
  dueMs: number;
  order: number;
  task: () => void;
}

/** A clock that stands still until a test moves it. */
export function movedClock(startMs = Date.UTC(2030, 5, 1, 12)): MovedClock {
  let wall = startMs;
  let elapsed = 0;
  let order = 0;
  const timers = new Set<Timer>();

  function dueBefore(limit: number): Timer | undefined {
    return [...timers]
      .filter((timer) => timer.dueMs <= limit)
      .toSorted((a, b) => a.dueMs - b.dueMs || a.order - b.order)[0];
  }

  return {
    now: () => wall,
    monotonic: () => elapsed,
    schedule(delayMs, task) {
      const timer = { dueMs: elapsed + Math.max(0, delayMs), order: order++, task };
      timers.add(timer);
      return { cancel: () => timers.delete(timer) };
    },
    advance(ms) {
      const end = elapsed + ms;
      for (let timer = dueBefore(end); timer !== undefined; timer = dueBefore(end)) {
        timers.delete(timer);
        wall += timer.dueMs - elapsed;
        elapsed = timer.dueMs;
        timer.task();
      }
      wall += end - elapsed;
      elapsed = end;
    },
    set(ms) {
      wall = ms;
    },
    get pending() {
      return timers.size;
    },
  };
}
