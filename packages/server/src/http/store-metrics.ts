import { Counter, Gauge, type Registry } from "@prometheus-io/client";
import type { Database, DatabaseStats } from "../db/database.ts";

type Total = Exclude<keyof DatabaseStats, "queued">;

const totals: Record<Total, string> = {
  commits: "Commits that reached the disk.",
  units: "Units of work that were stored; many share one commit.",
  failedUnits: "Units of work that were rolled back.",
  failedCommits: "Commits that failed, with all their units.",
  reads: "Queries of what is committed, outside of units.",
};

export function registerStore(registry: Registry, db: Database): void {
  for (const [key, help] of Object.entries(totals) as [Total, string][]) {
    registry.registerMetric(
      new Counter({
        name: `jarvis_store_${snakeCase(key)}_total`,
        help,
        registers: [],
        collect() {
          this.reset();
          this.inc(db.stats()[key]);
        },
      }),
    );
  }
  registry.registerMetric(
    new Gauge({
      name: "jarvis_store_queued_units",
      help: "Units of work that wait for a commit.",
      registers: [],
      collect() {
        this.set(db.stats().queued);
      },
    }),
  );
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
