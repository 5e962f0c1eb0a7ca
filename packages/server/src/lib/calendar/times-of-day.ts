import { secondOfDay } from "./civil.ts";
import type { Rule } from "./rule.ts";

/** The times of a day that a rule names, in seconds, ascending, never written out: they can be 86,400. */
export class TimesOfDay {
  readonly size: number;
  readonly #hours: readonly number[];
  readonly #minutes: readonly number[];
  readonly #seconds: readonly number[];

  constructor(rule: Pick<Rule, "byHour" | "byMinute" | "bySecond">, start: number) {
    const time = secondOfDay(start);
    this.#hours = rule.byHour ?? [Math.floor(time / 3600)];
    this.#minutes = rule.byMinute ?? [Math.floor(time / 60) % 60];
    this.#seconds = rule.bySecond ?? [time % 60];
    this.size = this.#hours.length * this.#minutes.length * this.#seconds.length;
  }

  at(index: number): number {
    const seconds = this.#seconds.length;
    const minutes = this.#minutes.length * seconds;
    const hour = this.#hours[Math.floor(index / minutes)] ?? 0;
    const minute = this.#minutes[Math.floor((index % minutes) / seconds)] ?? 0;
    return hour * 3600 + minute * 60 + (this.#seconds[index % seconds] ?? 0);
  }
}

/** The places in a set of `size` that BYSETPOS chooses, from 0, ascending. */
export function placesChosen(positions: readonly number[], size: number): number[] {
  const places = positions.map((position) => (position > 0 ? position - 1 : size + position));
  return [...new Set(places)].filter((place) => place >= 0 && place < size).sort((a, b) => a - b);
}
