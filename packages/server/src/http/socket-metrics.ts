import { Counter, Gauge, type Registry } from "@prometheus-io/client";

/** What realtime counts: plain numbers, because a frame is cheaper than a call into the metrics library. */
export class SocketCounts {
  /** WebSockets that are open now. */
  connections = 0;
  framesIn = 0;
  framesOut = 0;
  readonly #closed = new Map<number, number>();

  opened(): void {
    this.connections++;
  }

  /** The socket is gone, with this close code. */
  closed(code: number): void {
    this.connections--;
    this.#closed.set(code, (this.#closed.get(code) ?? 0) + 1);
  }

  closedByCode(): ReadonlyMap<number, number> {
    return this.#closed;
  }
}

export function registerSockets(registry: Registry, counts: SocketCounts): void {
  registry.registerMetric(
    new Gauge({
      name: "jarvis_websocket_connections",
      help: "WebSockets that are open.",
      registers: [],
      collect() {
        this.set(counts.connections);
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: "jarvis_websocket_frames_total",
      help: "WebSocket frames by direction.",
      labelNames: ["direction"],
      registers: [],
      collect() {
        this.reset();
        this.inc({ direction: "in" }, counts.framesIn);
        this.inc({ direction: "out" }, counts.framesOut);
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: "jarvis_websocket_closed_total",
      help: "WebSockets that ended, by close code.",
      labelNames: ["code"],
      registers: [],
      collect() {
        this.reset();
        for (const [code, count] of counts.closedByCode()) this.inc({ code: codeLabel(code) }, count);
      },
    }),
  );
}

/** A client may close with any code of its own: those share one time series. */
function codeLabel(code: number): string {
  return code < 1_016 || (code >= 4_400 && code < 4_600) ? String(code) : "other";
}
