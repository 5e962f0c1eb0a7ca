import { Counter, Gauge, type Registry } from "@prometheus-io/client";
import type { Bus } from "../bus/bus.ts";

/** How this node hears the others. */
export function registerBus(registry: Registry, bus: Bus): void {
  registry.registerMetric(
    new Gauge({
      name: "jarvis_bus_connected",
      help: "1 while other nodes are heard, 0 while the store is asked instead.",
      registers: [],
      collect() {
        this.set(bus.health() === "connected" ? 1 : 0);
      },
    }),
  );
  registry.registerMetric(
    new Gauge({
      name: "jarvis_bus_channels",
      help: "Channels of the bus that this node listens to.",
      registers: [],
      collect() {
        this.set(bus.stats().channels);
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: "jarvis_bus_messages_total",
      help: "Messages sent and received over the bus, and those that were lost on this node.",
      labelNames: ["what"],
      registers: [],
      collect() {
        const { sent, received, lost, connects } = bus.stats();
        this.reset();
        this.inc({ what: "sent" }, sent);
        this.inc({ what: "received" }, received);
        this.inc({ what: "lost" }, lost);
        this.inc({ what: "connects" }, connects);
      },
    }),
  );
}
