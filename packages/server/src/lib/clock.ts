/** The only way the server learns the time, so that a test can move it. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. */
  now(): number;
  /** Monotonic milliseconds, for measuring how long something took. */
  monotonic(): number;
  /** Runs `task` once, `delayMs` from now on this clock. */
  schedule(delayMs: number, task: () => void): Scheduled;
}

export interface Scheduled {
  cancel(): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, Math.min(Math.max(delayMs, 0), 2_147_483_647));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Runs `task` every `intervalMs` until cancelled; a run that is still going on when its turn comes is not doubled. */
export function repeat(clock: Clock, intervalMs: number, task: () => Promise<void>): Scheduled {
  let stopped = false;
  let next = clock.schedule(intervalMs, run);
  function run() {
    void task().finally(() => {
      if (!stopped) next = clock.schedule(intervalMs, run);
    });
  }
  return {
    cancel() {
      stopped = true;
      next.cancel();
    },
  };
}

export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.schedule(ms, resolve));
}
