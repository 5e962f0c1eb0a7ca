import { Dice } from "../simulation/dice.ts";
import { between } from "./chance.ts";
import type { Moment } from "./motion.ts";
import { type Phone, phoneOf, readingsOf } from "./phone.ts";
import { places } from "./places.ts";
import type { Point } from "./plane.ts";
import { delivered, fixesOf, type Reporter, type SentFix } from "./reporting.ts";
import { scenarios } from "./scenarios.ts";
import { traceOf } from "./trace.ts";
import { type Truth, truthOf } from "./truth.ts";

/** One person's way to (or past) a venue, what their phone says of it, and what was really so. */
export interface Journey {
  seed: number;
  /** What they do and how: "arrive bus", "red light car". */
  kind: string;
  place: Point;
  /** When the event starts. */
  startMs: number;
  reporter: Reporter;
  phone: Phone;
  /** In the order in which they come. */
  points: readonly SentFix[];
  truth: Truth;
  trace: readonly Moment[];
}

/** As many as give every scenario every way of reporting. */
export const journeyCount = 8 * scenarios.length;

const firstMs = 1_790_000_000_000;
const reporterOrder: readonly Reporter[] = [
  "browser",
  "move",
  "traccar",
  "significant",
  "browser slow",
  "move",
  "traccar",
  "move",
];

/** The journey of a seed, the same one for ever; seeds from 0 to `journeyCount` − 1 meet everything. */
export function journey(seed: number): Journey {
  const dice = new Dice(Math.imul(seed + 1, 0x9e3779b1));
  const round = Math.floor(seed / scenarios.length);
  const scenario = scenarios[seed % scenarios.length];
  const place = places[(seed * 7 + round) % places.length];
  const reporter = reporterOrder[(seed + round) % reporterOrder.length];
  if (scenario === undefined || place === undefined || reporter === undefined)
    throw new Error("no such seed");
  const leavesMs = firstMs + seed * 86_400_000;
  const trace = traceOf(dice, scenario.plan(dice));
  const phone = phoneOf(dice);
  const truth = truthOf(trace, leavesMs);
  const readings = readingsOf(dice, phone, trace, place);
  const points = delivered(dice, fixesOf(dice, reporter, readings, leavesMs), trace, leavesMs);
  const startMs = Math.round((truth.arrivedMs ?? truth.endMs) + between(dice, [-900_000, 1_200_000]));
  return { seed, kind: scenario.kind, place, startMs, reporter, phone, points, truth, trace };
}

export function* journeys(): Generator<Journey> {
  for (let seed = 0; seed < journeyCount; seed += 1) yield journey(seed);
}
