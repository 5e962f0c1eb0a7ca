import { Histogram, Registry } from "@prometheus-io/client";
import type { Context as HonoContext, MiddlewareHandler } from "hono";
import type { Context } from "../context.ts";
import { logAccess } from "./access-log.ts";
import type { App, HttpEnv } from "./bind.ts";
import { mayReadMetrics } from "./metrics-access.ts";
import { toPattern } from "./paths.ts";
import { registerPhotos } from "./photo-metrics.ts";
import { registerProcess } from "./process-metrics.ts";
import { registerSockets, SocketCounts } from "./socket-metrics.ts";
import { registerStore } from "./store-metrics.ts";
import { notFound } from "../lib/app-error.ts";
import { IngestCounts } from "./ingest/ingest-metrics.ts";
import { ingestPattern } from "./ingest/protocols.ts";
import { registerBus } from "./bus-metrics.ts";
import { registerCalendars } from "./calendar-metrics.ts";

export interface Metrics {
  /** Middleware: counts, times and logs every request. */
  readonly observe: MiddlewareHandler<HttpEnv>;
  /** Realtime adds to these; they are read when the metrics are. */
  readonly sockets: SocketCounts;
  /** Phones' points are added to these. */
  readonly ingest: IngestCounts;
  /** All metrics in Prometheus's text format. */
  render(): Promise<string>;
}

const contentType = "text/plain; version=0.0.4; charset=utf-8";
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createMetrics(ctx: Context): Metrics {
  const registry = new Registry();
  const sockets = new SocketCounts();
  registerSockets(registry, sockets);
  registerStore(registry, ctx.db);
  registerPhotos(registry, ctx);
  registerCalendars(registry, ctx);
  registerProcess(registry, ctx.clock);
  if (ctx.bus.health() !== "alone") registerBus(registry, ctx.bus);
  return {
    observe: observer(ctx, registry),
    sockets,
    ingest: new IngestCounts(registry),
    render: () => registry.metrics(),
  };
}

/** `/metrics`; it does not exist for whoever may not read it. */
export function bindMetrics(app: App, ctx: Context, metrics: Metrics): void {
  app.get("/metrics", async (c) => {
    if (!mayReadMetrics(c.req.raw.headers, c.env.requestIP(c.req.raw)?.address, ctx.config.metricsToken))
      throw notFound();
    return new Response(await metrics.render(), {
      headers: {
        "x-content-type-options": "nosniff",
        "content-type": contentType,
        "cache-control": "no-store",
      },
    });
  });
}

function observer(ctx: Context, registry: Registry): MiddlewareHandler<HttpEnv> {
  const durations = new Histogram({
    name: "jarvis_http_request_duration_seconds",
    help: "How long requests took, by route pattern, method and class of status.",
    labelNames: ["route", "method", "status"],
    buckets: durationBuckets,
    registers: [registry],
  });
  const routes = new Map<string, RouteMeter>();
  function meterOf(method: string, path: string): RouteMeter {
    const key = `${method} ${path}`;
    let meter = routes.get(key);
    if (meter === undefined)
      routes.set(key, (meter = new RouteMeter(durations, knownMethod(method, path), patternOf(path))));
    return meter;
  }
  return async (c, next) => {
    const startedMs = ctx.clock.monotonic();
    await next();
    const ms = ctx.clock.monotonic() - startedMs;
    const meter = meterOf(c.req.method, matchedPath(c));
    meter.observe(c.res.status, ms);
    logAccess(c, ctx, meter.route, ms);
  };
}

/** The histogram's children of one route, bound once: looking them up by label for every request is what costs. */
class RouteMeter {
  readonly route: string;
  readonly #classes: { observe(seconds: number): void }[];

  constructor(durations: Histogram<"route" | "method" | "status">, method: string, route: string) {
    this.route = route;
    this.#classes = [1, 2, 3, 4, 5].map((digit) => durations.labels(route, method, `${digit}xx`));
  }

  observe(status: number, ms: number): void {
    this.#classes[Math.floor(status / 100) - 1]?.observe(ms / 1_000);
  }
}

/** Path of the handler that ran last; that of a middleware (`/*`) when nothing matched. */
function matchedPath(c: HonoContext<HttpEnv>): string {
  return c.req.routePath;
}

const davRoute = "/dav/*";

function patternOf(path: string): string {
  if (path === davRoute) return "/dav/";
  const ingest = ingestPattern(path);
  if (ingest !== null) return ingest;
  return path.includes("*") ? "none" : toPattern(path);
}

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const davMethods = new Set(["PROPFIND", "REPORT"]);

/** Callers choose the method: an unknown one must not become a new time series. */
function knownMethod(method: string, path: string): string {
  return methods.has(method) || (path === davRoute && davMethods.has(method)) ? method : "other";
}
