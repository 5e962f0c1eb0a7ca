import type { Clock, Random } from "./environment.ts";
import { backoffMs } from "./backoff.ts";
import { JarvisError, JarvisNetworkError } from "./errors.ts";

/** What a server asks for is believed up to here. */
export const hintCapMs = 60_000;

/**
 * How long to wait where the server has said how long: at least that, and on top up to a quarter more or a second, so
 * that those whom it told the same do not come back in the same instant.
 */
export function hintedMs(hintMs: number, fraction: number): number {
  const heldMs = Math.min(Math.max(hintMs, 0), hintCapMs);
  return heldMs + fraction * Math.max(1_000, heldMs / 4);
}

/** `{"retry_after_ms"}` in the reason of a close, where a server draws it. */
export function retryAfterOf(reason: string | undefined): number | undefined {
  if (reason === undefined || !reason.startsWith("{")) return undefined;
  try {
    const value = (JSON.parse(reason) as Record<string, unknown>)["retry_after_ms"];
    return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
  } catch {
    return undefined; // a reason for people to read
  }
}

interface Waiting {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal | undefined;
}

/** Calls again, at most `retries` times, what the server had no time for, or what it may be asked twice. */
export async function retrying<T>(
  call: () => Promise<T>,
  repeatable: boolean,
  retries: number,
  waiting: Waiting,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const delayMs = retryDelayMs(error, repeatable, attempt, waiting.random.fraction());
      if (attempt >= retries || delayMs === undefined || waiting.signal?.aborted) throw error;
      await new Promise<void>((resolve) => void waiting.clock.schedule(delayMs, resolve));
    }
  }
}

/** How long to wait before the same may succeed; undefined where waiting does not help or the call may have been carried out. */
export function retryDelayMs(
  error: unknown,
  repeatable: boolean,
  attempt: number,
  fraction: number,
): number | undefined {
  const refused = error instanceof JarvisError ? error : undefined;
  const isUncertain = error instanceof JarvisNetworkError || (refused !== undefined && refused.status >= 502);
  if (refused?.status !== 429 && !(isUncertain && repeatable)) return undefined;
  const hintS = refused?.retryAfterS;
  return hintS === null || hintS === undefined
    ? backoffMs(attempt, fraction)
    : hintedMs(hintS * 1_000, fraction);
}
