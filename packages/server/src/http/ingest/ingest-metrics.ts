import type { IngestProtocol } from "@jarvis/contract";
import { Counter, type Registry } from "@prometheus-io/client";
import type { PointOutcome } from "../../devices/reporting.ts";

/** Counts what became of the points that phones report: by protocol and outcome, and by nothing that anybody chose. */
export class IngestCounts {
  readonly #points: Counter<"protocol" | "outcome">;

  constructor(registry: Registry) {
    this.#points = new Counter({
      name: "jarvis_ingest_points_total",
      help: "Points that phones reported, by protocol and by what became of them.",
      labelNames: ["protocol", "outcome"],
      registers: [registry],
    });
  }

  add(protocol: IngestProtocol, outcomes: ReadonlyMap<PointOutcome, number>): void {
    for (const [outcome, count] of outcomes) this.#points.labels(protocol, outcome).inc(count);
  }
}
