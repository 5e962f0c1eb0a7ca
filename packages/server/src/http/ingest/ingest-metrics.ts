import type { IngestProtocol } from "@jarvis/contract";
import { Counter, type Registry } from "@prometheus-io/client";
import type { PointOutcome } from "../../devices/reporting.ts";

interface Count {
  inc(count: number): void;
}

/** Counts what became of the points that phones report: by protocol and outcome, and by nothing that anybody chose. */
export class IngestCounts {
  readonly #points: Counter<"protocol" | "outcome">;
  readonly #bound = new Map<string, Count>();

  constructor(registry: Registry) {
    this.#points = new Counter({
      name: "jarvis_ingest_points_total",
      help: "Points that phones reported, by protocol and by what became of them.",
      labelNames: ["protocol", "outcome"],
      registers: [registry],
    });
  }

  add(protocol: IngestProtocol, outcomes: ReadonlyMap<PointOutcome, number>): void {
    for (const [outcome, count] of outcomes) this.#countOf(protocol, outcome).inc(count);
  }

  /** Bound once: looking them up by label for every point is what costs. */
  #countOf(protocol: IngestProtocol, outcome: PointOutcome): Count {
    const key = `${protocol} ${outcome}`;
    const known = this.#bound.get(key);
    if (known !== undefined) return known;
    const bound = this.#points.labels(protocol, outcome);
    this.#bound.set(key, bound);
    return bound;
  }
}
