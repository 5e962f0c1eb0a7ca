/** Frames of one connection, and of all connections of one person together. */
export const frameRates = {
  connection: { perSecond: 50, burst: 100 },
  person: { perSecond: 100, burst: 300 },
} as const;

/** A token bucket for frames. */
export class FrameRate {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #atMs: number;

  constructor(
    nowMs: number,
    { perSecond, burst }: { perSecond: number; burst: number } = frameRates.connection,
  ) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#atMs = nowMs;
  }

  isExceeded(nowMs: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((nowMs - this.#atMs) * this.#perSecond) / 1_000);
    this.#atMs = nowMs;
    this.#tokens -= 1;
    return this.#tokens < 0;
  }
}
