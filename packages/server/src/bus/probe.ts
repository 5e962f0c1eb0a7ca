import { type Clock, type Scheduled } from "../lib/clock.ts";
import type { Link } from "./link.ts";

export interface ProbeTimes {
  readonly everyMs: number;
  readonly deadlineMs: number;
}

/**
 * Says something to itself through every server of the bus, again and again: a connection on which nothing comes through
 * any more, in one direction alone even, is noticed, however well it looks.
 */
export class Probe {
  readonly #clock: Clock;
  readonly #times: ProbeTimes;
  readonly #lost: (reason: string) => void;
  #link: Link | null = null;
  #channels: readonly string[] = [];
  #round = 0;
  #missing = new Set<string>();
  #passed: (() => void) | null = null;
  #timer: Scheduled | null = null;

  constructor(clock: Clock, times: ProbeTimes, lost: (reason: string) => void) {
    this.#clock = clock;
    this.#times = times;
    this.#lost = lost;
  }

  /** Resolves once everything has come through for the first time. */
  async begin(link: Link, channels: readonly string[]): Promise<void> {
    this.#link = link;
    this.#channels = channels;
    await link.subscribe(channels);
    await new Promise<void>((resolve) => {
      this.#passed = resolve;
      this.#ask();
    });
  }

  heard(channel: string, text: string): void {
    if (text !== String(this.#round) || !this.#missing.delete(channel) || this.#missing.size > 0) return;
    this.#timer?.cancel();
    this.#timer = this.#clock.schedule(this.#times.everyMs, () => this.#ask());
    this.#passed?.();
    this.#passed = null;
  }

  isOwn(channel: string): boolean {
    return this.#channels.includes(channel);
  }

  end(): void {
    this.#timer?.cancel();
    this.#link = null;
    this.#missing.clear();
  }

  #ask(): void {
    this.#round++;
    this.#missing = new Set(this.#channels);
    this.#timer = this.#clock.schedule(this.#times.deadlineMs, () => this.#lost("a probe did not come back"));
    for (const channel of this.#channels)
      this.#link?.publish(channel, String(this.#round)).catch((error: unknown) => this.#lost(String(error)));
  }
}
