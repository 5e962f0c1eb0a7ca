import type { Journey } from "./journey.ts";
import { claimsOf, type Heard, isTrue, outcomeOf, type Said } from "./judging.ts";
import type { SentFix } from "./reporting.ts";

/**
 * An estimator under test. It is begun anew for each journey, so it may remember; `points` are all that have come so
 * far, in the order of coming. It must not look at the journey's truth, which it is not given.
 */
export type Estimator = (journey: {
  place: Journey["place"];
  startMs: number;
}) => (points: readonly SentFix[], nowMs: number) => Said;

/** What one journey showed. */
export interface Verdict {
  kind: string;
  seed: number;
  claims: number;
  falseClaims: number;
  seen: number;
  missed: number;
  unknowable: number;
  /**
   * Of each fix in the last 10 minutes before the arrival: |eta − remaining| / max(remaining, 60 s). Not while the person
   * stays of their own will (at home, in a café, at a stop): when they will go on is known to nobody.
   */
  errors: number[];
  /** Of the same fixes: whether the arrival was within the margin. */
  within: boolean[];
  /** Fixes of these 10 minutes at which no ETA was said. */
  silent: number;
}

const tickMs = 15_000;
const afterMs = 200_000;
const lastMs = 600_000;

export function judge(journey: Journey, estimator: Estimator): Verdict {
  const heard = listen(journey, estimator);
  const claims = claimsOf(heard);
  const outcomes = journey.truth.stays.map((stay) => outcomeOf(journey, heard, stay));
  const count = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length;
  return {
    kind: journey.kind,
    seed: journey.seed,
    claims: claims.length,
    falseClaims: claims.filter((claim) => !isTrue(journey, claim)).length,
    seen: count("seen"),
    missed: count("missed"),
    unknowable: count("unknowable"),
    ...times(journey, heard),
  };
}

/** Asks at every fix that comes, and every 15 seconds. */
function listen({ points, place, startMs, truth }: Journey, estimator: Estimator): Heard[] {
  const estimate = estimator({ place, startMs });
  const heard: Heard[] = [];
  const come: SentFix[] = [];
  let newest: SentFix | undefined;
  const ask = (nowMs: number, fresh: boolean) => {
    if (newest !== undefined) heard.push({ ...estimate(come, nowMs), nowMs, newest, fresh });
  };
  let tick = truth.startMs;
  for (const fix of points) {
    for (; tick < fix.received_ms; tick += tickMs) ask(tick, false);
    come.push(fix);
    if (newest === undefined || fix.at_ms > newest.at_ms) newest = fix;
    ask(fix.received_ms, true);
  }
  const end = Math.max(truth.endMs, points.at(-1)?.received_ms ?? 0) + afterMs;
  for (; tick <= end; tick += tickMs) ask(tick, false);
  return heard;
}

function times({ truth }: Journey, heard: readonly Heard[]): Pick<Verdict, "errors" | "within" | "silent"> {
  const { arrivedMs } = truth;
  if (arrivedMs === null) return { errors: [], within: [], silent: 0 };
  const last = heard.filter(
    ({ fresh, nowMs }) => fresh && nowMs < arrivedMs && nowMs >= arrivedMs - lastMs && !truth.at(nowMs).waits,
  );
  const said = last.flatMap(({ eta_s, eta_margin_s, nowMs }) => {
    if (eta_s === null) return [];
    const remaining = (arrivedMs - nowMs) / 1_000;
    const off = Math.abs(eta_s - remaining);
    return [{ error: off / Math.max(remaining, 60), within: eta_margin_s !== null && off <= eta_margin_s }];
  });
  return {
    errors: said.map(({ error }) => error),
    within: said.map(({ within }) => within),
    silent: last.length - said.length,
  };
}
