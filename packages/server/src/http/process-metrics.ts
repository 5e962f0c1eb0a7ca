import { Counter, Gauge, type Registry } from "@prometheus-io/client";
import type { Clock } from "../lib/clock.ts";

/** How this process does; all of it is measured when it is asked for, so that it costs nothing in between. */
export function registerProcess(registry: Registry, clock: Clock): void {
  registry.registerMetric(
    new Gauge({
      name: "process_resident_memory_bytes",
      help: "Resident memory.",
      registers: [],
      collect() {
        this.set(process.memoryUsage.rss());
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: "jarvis_heap_used_bytes",
      help: "JavaScript heap in use.",
      registers: [],
      collect() {
        this.set(process.memoryUsage().heapUsed);
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: "process_cpu_seconds_total",
      help: "CPU time, user and system.",
      registers: [],
      collect() {
        const { user, system } = process.cpuUsage();
        this.reset();
        this.inc((user + system) / 1e6);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: "jarvis_event_loop_lag_seconds",
      help: "How long work that is due now has to wait.",
      registers: [],
      async collect() {
        this.set(await loopLag(clock));
      },
    }),
  );
}

async function loopLag(clock: Clock): Promise<number> {
  const dueMs = clock.monotonic();
  await new Promise((resolve) => setImmediate(resolve));
  return (clock.monotonic() - dueMs) / 1_000;
}
