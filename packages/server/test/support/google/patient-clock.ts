import { type MovedClock, movedClock } from "../clock.ts";

export interface PatientClock extends MovedClock {
  /** How long somebody has waited, each time. */
  readonly waits: number[];
}

/**
 * A clock that only a test moves, but for waits between two attempts: they pass at once, and time with them. Such a wait
 * has jitter, so that it is no whole number of milliseconds; every other timer is.
 */
export function patientClock(
  startMs?: number,
  isWait = (delayMs: number) => !Number.isInteger(delayMs),
): PatientClock {
  const clock = movedClock(startMs);
  const waits: number[] = [];
  return {
    ...clock,
    get pending() {
      return clock.pending;
    },
    waits,
    schedule(delayMs, task) {
      if (!isWait(delayMs)) return clock.schedule(delayMs, task);
      waits.push(delayMs);
      const timer = setImmediate(() => {
        clock.set(clock.now() + Math.round(delayMs));
        task();
      });
      return { cancel: () => clearImmediate(timer) };
    },
  };
}
