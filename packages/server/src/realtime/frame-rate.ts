const perSecond = 50;
const burst = 100;

/** A token bucket for the frames of one connection. */
export class FrameRate {
  #tokens = burst;
  #atMs: number;

  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  isExceeded(nowMs: number): boolean {
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#atMs) * perSecond) / 1_000);
    this.#atMs = nowMs;
    this.#tokens -= 1;
    return this.#tokens < 0;
  }
}
