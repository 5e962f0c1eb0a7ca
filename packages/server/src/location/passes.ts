/**
 * Until when each of an event's people is shown one sharer without anything being asked or written down again: asking for
 * every frame that everybody is told would cost more than the frames. Whatever changes who sees whom ends the sight that
 * these belong to; what changes by itself as time goes on bounds them.
 */
export class Passes {
  readonly #untilMs: Float64Array;
  /** None counts before the last was given: the clock may have been put back. */
  #fromMs = Number.NEGATIVE_INFINITY;

  constructor(seats: number) {
    this.#untilMs = new Float64Array(seats);
  }

  holds(seat: number, now: number): boolean {
    return now >= this.#fromMs && now < (this.#untilMs[seat] ?? 0);
  }

  give(seat: number, now: number, untilMs: number): void {
    this.#fromMs = Math.max(this.#fromMs, now);
    this.#untilMs[seat] = untilMs;
  }
}
