import { Counter, type Registry } from "@prometheus-io/client";
import type { Context } from "../context.ts";

export function registerCalendars(registry: Registry, ctx: Context): void {
  registry.registerMetric(
    new Counter({
      name: "jarvis_calendar_failures_total",
      help: "Calendars and rules whose process crashed, or took too long or too much memory.",
      registers: [],
      collect() {
        this.reset();
        this.inc(ctx.calendars.failures);
      },
    }),
  );
}
