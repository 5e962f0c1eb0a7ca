import type { Clock } from "../../src/environment.ts";

export interface MovedClock extends Clock {
  advance(ms: number): void;
  /** How long until the next timer; undefined without one. */
  nextMs(): number | undefined;
  now(): number;
}

/** Where unix time stands when a moved clock begins. */
export const beginMs = 1_700_000_000_000;

/** A clock that stands still until a test moves it. */
export function movedClock(): MovedClock {
  let now = 0;
  let timers: { dueMs: number; task: () => void }[] = [];
  const earliest = () => timers.toSorted((a, b) => a.dueMs - b.dueMs)[0];
  return {
    monotonic: () => now,
    now: () => beginMs + now,
    schedule(delayMs, task) {
      const timer = { dueMs: now + delayMs, task };
      timers.push(timer);
      return {
        cancel() {
          timers = timers.filter((other) => other !== timer);
        },
      };
    },
    advance(ms) {
      const end = now + ms;
      for (let timer = earliest(); timer && timer.dueMs <= end; timer = earliest()) {
        const due = timer;
        timers = timers.filter((other) => other !== due);
        now = due.dueMs;
        due.task();
      }
      now = end;
    },
    nextMs() {
      const timer = earliest();
      return timer && timer.dueMs - now;
    },
  };
}
