import type { Dice } from "../simulation/dice.ts";
import { between, normal } from "./chance.ts";
import type { Moment } from "./motion.ts";
import type { Reading } from "./phone.ts";
import { metresBetween, type Point } from "./plane.ts";

/** A fix as the server has it once it has come; the fields are those of `TrackPoint`. */
export interface SentFix extends Point {
  accuracy: number | null;
  altitude: number | null;
  speed: number | null;
  heading: number | null;
  battery: number | null;
  at_ms: number;
  received_ms: number;
}

/** When an app takes fixes: every so many seconds, or only when there is something to say. */
export const reporters = {
  browser: { everyS: 1 },
  "browser slow": { everyS: 5 },
  move: { everyS: 10 }, // OwnTracks
  traccar: { everyS: 30 },
  significant: { everyS: 900, orM: 500 }, // OwnTracks
} as const satisfies Record<string, { everyS: number; orM?: number }>;

export type Reporter = keyof typeof reporters;

/** The fixes that an app takes of what the receiver says, not yet sent: `received_ms` is `at_ms`. */
export function fixesOf(
  dice: Dice,
  reporter: Reporter,
  readings: readonly (Reading | null)[],
  startMs: number,
): SentFix[] {
  const { everyS, orM }: { everyS: number; orM?: number } = reporters[reporter];
  const asleep = gapsOf(dice, readings.length, reporter.startsWith("browser") ? 0.4 : 0.2);
  const fixes: SentFix[] = [];
  const battery = between(dice, [25, 98]);
  let due = dice.int(Math.min(everyS, 30) + 1);
  for (const [second, reading] of readings.entries()) {
    const last = fixes.at(-1);
    const moved = orM !== undefined && reading && last && metresBetween(reading, last) >= orM;
    if (reading === null || asleep(second) || (second < due && !moved)) continue;
    const at_ms = startMs + second * 1_000 + dice.int(900);
    const left = Math.round(battery - second / 400);
    fixes.push({ ...reading, altitude: null, battery: left, at_ms, received_ms: at_ms });
    due = second + Math.max(1, Math.round(everyS + normal(dice, everyS * 0.05)));
  }
  return fixes;
}

/** Some phones put the app to sleep once or twice, for minutes. */
function gapsOf(dice: Dice, lengthS: number, chance: number): (second: number) => boolean {
  if (!dice.chance(chance)) return () => false;
  const gaps = Array.from({ length: 1 + dice.int(2) }, () => {
    const from = dice.int(lengthS);
    return { from, to: from + between(dice, [60, 300]) };
  });
  return (second) => gaps.some(({ from, to }) => second >= from && second <= to);
}

interface Outage {
  fromMs: number;
  toMs: number;
}

/** When each fix comes: at once, out of a tunnel, or late from a phone that had no network. In the order of coming. */
export function delivered(
  dice: Dice,
  fixes: readonly SentFix[],
  trace: readonly Moment[],
  startMs: number,
): SentFix[] {
  const outages = outagesOf(dice, trace, startMs);
  const backwards = dice.chance(0.2);
  const waiting = new Map<Outage, number>();
  return fixes
    .map((fix) => {
      const outage = outages.find(({ fromMs, toMs }) => fix.at_ms >= fromMs && fix.at_ms < toMs);
      if (outage === undefined) return { ...fix, received_ms: fix.at_ms + latencyMs(dice) };
      const place = waiting.get(outage) ?? 0;
      waiting.set(outage, place + 1);
      const turn = backwards ? 400 - place : place;
      return { ...fix, received_ms: Math.round(outage.toMs + 1_500 + Math.max(0, turn) * 40) };
    })
    .toSorted((a, b) => a.received_ms - b.received_ms);
}

function latencyMs(dice: Dice): number {
  return Math.round(200 + 400 * Math.exp(normal(dice, 0.9)));
}

function outagesOf(dice: Dice, trace: readonly Moment[], startMs: number): Outage[] {
  const lengthMs = trace.length * 1_000;
  if (dice.chance(0.05))
    return [{ fromMs: startMs, toMs: startMs + lengthMs + between(dice, [0, 1_200_000]) }];
  const spotty = dice.chance(0.17) ? 1 + dice.int(3) : 0;
  return Array.from({ length: spotty }, () => {
    const fromMs = startMs + dice.fraction() * lengthMs;
    return { fromMs, toMs: fromMs + between(dice, [60_000, 420_000]) };
  }).toSorted((a, b) => a.fromMs - b.fromMs);
}
