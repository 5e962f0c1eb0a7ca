const baseMs = 250;
const capMs = 30_000;

/**
 * How long to wait before the next attempt to connect: full jitter, so that clients whose server restarted do not all
 * come back in the same instant. `attempt` counts failures in a row, from 0.
 */
export function backoffMs(attempt: number, fraction: number): number {
  return fraction * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 20));
}
