import { Counter, Gauge, type Registry } from "@prometheus-io/client";

/** What realtime counts: plain numbers, because a frame is cheaper than a call into the metrics library. */
export class SocketCounts {
  /** WebSockets that are open now. */
  connections = 0;
  /** Event streams (SSE) that are open now. */
  streams = 0;
  /** Polls that are open now. */
  polls = 0;
  framesIn = 0;
  framesOut = 0;
  readonly #closed = new Map<number, number>();
  readonly #streamsEnded = new Map<number, number>();

  opened(): void {
    this.connections++;
  }

  /** The socket is gone, with this close code. */
  closed(code: number): void {
    this.connections--;
    this.#closed.set(code, (this.#closed.get(code) ?? 0) + 1);
  }

  /** The server ended an event stream, for this reason. */
  streamEnded(code: number): void {
    this.#streamsEnded.set(code, (this.#streamsEnded.get(code) ?? 0) + 1);
  }

  streamsEndedByCode(): ReadonlyMap<number, number> {
    return this.#streamsEnded;
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
    new Gauge({
      name: "jarvis_stream_connections",
      help: "Event streams and polls that are open.",
      labelNames: ["kind"],
      registers: [],
      collect() {
        this.set({ kind: "sse" }, counts.streams);
        this.set({ kind: "poll" }, counts.polls);
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: "jarvis_sse_ended_total",
      help: "Event streams that the server ended, by close code.",
      labelNames: ["code"],
      registers: [],
      collect() {
        this.reset();
        for (const [code, count] of counts.streamsEndedByCode()) this.inc({ code: codeLabel(code) }, count);
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
