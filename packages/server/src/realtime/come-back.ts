import type { Random } from "../lib/ids.ts";

/** So many connections come back in a second, where each draws its time from the window. */
export const returnsPerSecond = {
  /** To a server that has just started, or to the others that go on. */
  restart: 200,
  /** To one that is greeting as fast as it can. */
  overload: 1_000,
} as const;

const shortestMs = 1_000;
const longestMs = 30_000;

/** When one of so many should come back: drawn at random, over a time that grows with their number. */
export function comeBackMs(random: Random, others: number, perSecond: number): number {
  const windowMs = Math.min(Math.max((others / perSecond) * 1_000, shortestMs), longestMs);
  return Math.floor(random.fraction() * windowMs);
}

/** The reason of a close after which a client comes back. */
export function comeBackReason(retryAfterMs: number): string {
  return JSON.stringify({ retry_after_ms: retryAfterMs });
}
