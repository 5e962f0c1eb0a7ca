import type { Verdict } from "./evaluation.ts";

export interface Figures {
  journeys: number;
  claims: number;
  falseClaims: number;
  precision: number;
  seen: number;
  missed: number;
  unknowable: number;
  recall: number;
  /** Median over journeys of each journey's median relative error, so that a phone that reports each second counts once. */
  etaError: number;
  /** Mean over journeys of the part of its fixes whose margin held. */
  coverage: number;
  /** Part of the fixes in the last ten minutes at which nothing was said. */
  silent: number;
}

/** What a good estimator reaches over all journeys. */
export const bars = { precision: 0.95, recall: 0.95, etaError: 0.25, coverage: 0.75, silent: 0.1 } as const;

export function figures(verdicts: readonly Verdict[]): Figures {
  const sum = (field: "claims" | "falseClaims" | "seen" | "missed" | "unknowable" | "silent") =>
    verdicts.reduce((total, verdict) => total + verdict[field], 0);
  const timed = verdicts.filter(({ errors }) => errors.length > 0);
  const asked = sum("silent") + timed.reduce((total, { errors }) => total + errors.length, 0);
  const [claims, seen, missed] = [sum("claims"), sum("seen"), sum("missed")];
  return {
    journeys: verdicts.length,
    claims,
    falseClaims: sum("falseClaims"),
    precision: claims === 0 ? 1 : 1 - sum("falseClaims") / claims,
    seen,
    missed,
    unknowable: sum("unknowable"),
    recall: seen + missed === 0 ? 1 : seen / (seen + missed),
    etaError: median(timed.map(({ errors }) => median(errors))),
    coverage: mean(timed.map(({ within }) => within.filter(Boolean).length / within.length)),
    silent: asked === 0 ? 0 : sum("silent") / asked,
  };
}

/** Which bars are missed, in words; none: all reached. */
export function missedBars(result: Figures): string[] {
  const reached = {
    precision: result.precision >= bars.precision,
    recall: result.recall >= bars.recall,
    etaError: result.etaError <= bars.etaError,
    coverage: result.coverage >= bars.coverage,
    silent: result.silent <= bars.silent,
  };
  return Object.entries(reached).flatMap(([bar, ok]) => (ok ? [] : [bar]));
}

/** One line for each kind and one for all, to be read by people. */
export function table(verdicts: readonly Verdict[]): string {
  const kinds = [...new Set(verdicts.map(({ kind }) => kind))].toSorted();
  const rows = kinds.map((kind) => line(kind, figures(verdicts.filter((verdict) => verdict.kind === kind))));
  const head = "kind              tracks claims false seen missed unknowable etaError coverage silent";
  return [head, ...rows, line("all", figures(verdicts))].join("\n");
}

function line(kind: string, of: Figures): string {
  const counts = [of.journeys, of.claims, of.falseClaims, of.seen, of.missed, of.unknowable];
  const parts = [of.etaError, of.coverage, of.silent].map((part) =>
    Number.isNaN(part) ? "–" : part.toFixed(2),
  );
  return [kind.padEnd(18), ...[...counts, ...parts].map((cell) => String(cell).padStart(7))].join(" ");
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}
