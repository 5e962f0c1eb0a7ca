import { expect } from "bun:test";
import { type Sample, samples } from "./corpus.ts";
import { engineQuarters, quartersOf } from "./quarters.ts";

type Times = readonly (readonly [start: number, end: number])[];

/** A difference that has a reason: in all zones, or on these days alone. */
export interface Explained {
  reason: string;
  /** `Europe/London 2026-03-29`; absent: every one. */
  days?: readonly string[];
}

/** Holds the engine against another program: it differs where there is an explanation, and nowhere else. */
export function expectExplained(
  busyOf: (sample: Sample) => Times,
  explained: Readonly<Record<string, Explained>>,
): void {
  const differing: string[] = [];
  for (const sample of samples()) {
    const theirs = quartersOf(busyOf(sample), sample).join();
    if (theirs !== engineQuarters(sample).join()) differing.push(nameOf(sample));
  }
  expect(differing.sort()).toEqual(expectedNames(explained).sort());
}

function expectedNames(explained: Readonly<Record<string, Explained>>): string[] {
  return samples().flatMap((sample) => {
    const found = explained[sample.feature];
    const counts = found !== undefined && (found.days?.includes(`${sample.timeZone} ${sample.day}`) ?? true);
    return counts ? nameOf(sample) : [];
  });
}

function nameOf({ feature, timeZone, day }: Sample): string {
  return `${feature}: ${timeZone} ${day}`;
}
