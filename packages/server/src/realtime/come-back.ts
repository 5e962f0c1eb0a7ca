import type { Random } from "../lib/ids.ts";

/** So many connections a second come back, once they are spread over their window. */
const perSecond = 200;
const shortestMs = 1_000;
const longestMs = 30_000;

/** When one of so many should come back: drawn at random, over a time that grows with their number. */
export function comeBackMs(random: Random, others: number): number {
  const windowMs = Math.min(Math.max((others / perSecond) * 1_000, shortestMs), longestMs);
  return Math.floor(random.fraction() * windowMs);
}

/** The reason of a close after which a client comes back. */
export function comeBackReason(retryAfterMs: number): string {
  return JSON.stringify({ retry_after_ms: retryAfterMs });
}
