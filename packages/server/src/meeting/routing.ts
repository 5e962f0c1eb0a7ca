import type { StartMode } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Group } from "./proposal-rules.ts";
import { type Candidate, type Party, summed } from "./rules.ts";

/** So many places are asked about: the best by the straight line. */
export const asksAtMost = 10;
/** Routers take no larger tables. */
const partiesAtMost = 100;
const patienceMs = 5_000;

type Routed = Pick<Context, "routing" | "clock">;

/**
 * The same places with the times of the router, where one is set up: it is asked from the centres of cells. Without an
 * answer to all of it, and soon, the straight line counts for all, so that places are never compared by different measures.
 */
export async function withRoutes(
  ctx: Routed,
  { travellers, of }: Group,
  candidates: readonly Candidate[],
): Promise<readonly Candidate[]> {
  if (ctx.routing === null || travellers.length > partiesAtMost) return candidates;
  const untilMs = ctx.clock.monotonic() + patienceMs;
  const routed: Candidate[] = [];
  for (const candidate of candidates) {
    const seconds = await secondsTo(ctx, travellers, candidate);
    if (seconds === null || ctx.clock.monotonic() > untilMs) return candidates;
    routed.push(summed(candidate, seconds, of));
  }
  return routed;
}

const modes: readonly StartMode[] = ["walk", "cycle", "ride"];

/** Of each party; null where the router does not know one of them. */
async function secondsTo(
  { routing }: Routed,
  travellers: readonly Party[],
  { point }: Candidate,
): Promise<number[] | null> {
  const known = new Map<Party, number>();
  const ask = async (mode: StartMode): Promise<void> => {
    const own = travellers.filter((party) => party.mode === mode);
    if (own.length === 0) return;
    const durations = await routing?.durations(
      mode,
      own.map(({ cell }) => cell),
      point,
    );
    for (const [index, party] of own.entries()) {
      const seconds = durations?.[index] ?? null;
      if (seconds !== null) known.set(party, seconds);
    }
  };
  await Promise.all(modes.map(ask));
  const seconds = travellers.flatMap((party) => known.get(party) ?? []);
  return seconds.length === travellers.length ? seconds : null;
}
