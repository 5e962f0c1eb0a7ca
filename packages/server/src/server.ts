import { limits } from "@jarvis/contract";
import type { Config } from "./config.ts";
import { type Context, type ContextOverrides, createContext } from "./context.ts";
import { createApp } from "./http/app.ts";
import type { AnswerCheck, App } from "./http/bind.ts";
import { idleTimeoutS } from "./http/receiving.ts";
import { serveControl } from "./http/control.ts";
import { createMetrics } from "./http/metrics.ts";
import { pause } from "./lib/clock.ts";
import { startHousekeeping } from "./housekeeping.ts";
import { startLocations, stopLocations } from "./location/service.ts";
import { Turns } from "./http/turns.ts";
import { eraseReturned } from "./privacy/service.ts";
import { clearWork } from "./photos/sweep.ts";
import { createRealtime } from "./realtime/realtime.ts";

export interface RunningServer {
  readonly ctx: Context;
  readonly app: App;
  /** Where it listens, for instance `http://127.0.0.1:3000`. */
  readonly url: string;
  /**
   * Drains: refuses readiness and serves on for `graceMs`, until nobody sends new requests; closes sockets with 1012,
   * spread over half as long; finishes requests, commits, closes. At most 10 s more.
   */
  stop(graceMs?: number): Promise<void>;
}

export interface ServerOptions {
  readonly overrides?: ContextOverrides;
  readonly check?: AnswerCheck;
  /** Sockets at one time, beyond which new ones are sent away. */
  readonly maxSockets?: number;
}

/** How long a drain waits for requests under way before it ends them. */
const drainMs = 8_000;

/** Opens the store, listens, and serves until stopped. */
export async function startServer(config: Config, options: ServerOptions = {}): Promise<RunningServer> {
  const ctx = await createContext(config, options.overrides);
  await eraseReturned(ctx);
  clearWork(ctx);
  await startLocations(ctx);
  const stopping = new AbortController();
  const drain = new AbortController();
  const metrics = createMetrics(ctx);
  const realtime = createRealtime(ctx, metrics, options.maxSockets);
  const app = createApp(ctx, {
    metrics,
    streamRoutes: realtime.routes,
    stopping: stopping.signal,
    drain: drain.signal,
    check: options.check,
  });
  const turns = new Turns(ctx.clock);
  const housekeeping = startHousekeeping(ctx);
  const server = Bun.serve({
    port: config.port,
    hostname: config.host,
    // Above the limit of any body, so that what exceeds that is told so in words; Bun only drops the connection. Bun
    // takes in no more of a body than is being read.
    maxRequestBodySize: 2 * limits.photoBytes,
    idleTimeout: idleTimeoutS,
    fetch(request, peer) {
      const upgraded = realtime.upgrade(request, peer);
      if (upgraded !== null) return upgraded;
      const turn = turns.begin();
      return turn === null ? app.fetch(request, peer) : turn.then(() => app.fetch(request, peer));
    },
    websocket: realtime.websocket,
  });
  realtime.attach(server);
  const control = serveControl(ctx);

  async function stop(graceMs = 0): Promise<void> {
    stopping.abort();
    if (graceMs > 0) await pause(ctx.clock, graceMs);
    await realtime.close(graceMs / 2);
    drain.abort();
    housekeeping.stop();
    await finishRequests(server, ctx);
    await stopLocations(ctx);
    await ctx.photos.images.stop();
    await ctx.calendars.stop();
    await ctx.photos.deletions.settled();
    await control.stop();
    await ctx.leases.stop();
    ctx.storeClock?.stop();
    await ctx.bus.close();
    await ctx.db.close();
  }
  return { ctx, app, url: server.url.origin, stop: once(stop) };
}

async function finishRequests(server: Bun.Server<unknown>, ctx: Context): Promise<void> {
  let cut: { cancel(): void } | undefined;
  const deadline = new Promise<"late">((resolve) => {
    cut = ctx.clock.schedule(drainMs, () => resolve("late"));
  });
  const ended = await Promise.race([server.stop(false), deadline]);
  cut?.cancel();
  if (ended === "late") await server.stop(true);
}

function once<A extends unknown[]>(task: (...args: A) => Promise<void>): (...args: A) => Promise<void> {
  let running: Promise<void> | undefined;
  return (...args) => (running ??= task(...args));
}
