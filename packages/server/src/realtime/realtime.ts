import { closeCodes, limits, realtimeLimits, type streams, subprotocol } from "@jarvis/contract";
import type { Handlers } from "../call.ts";
import type { Context } from "../context.ts";
import { problemResponse } from "../http/errors.ts";
import { createCookies } from "../http/cookies.ts";
import { hostCheck } from "../http/host.ts";
import type { Metrics } from "../http/metrics.ts";
import { foreignOrigin, isOwnOrigin } from "../http/origin.ts";
import { AppError } from "../lib/app-error.ts";
import { type Clock, pause, systemClock } from "../lib/clock.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Hub } from "./hub.ts";
import { LocalTopics } from "./local-topics.ts";
import { Session } from "./session.ts";
import { streamRoutes } from "./stream-routes.ts";

export interface Realtime {
  /** Answers `GET /realtime`; null for any other request. */
  upgrade(request: Request, server: Upgrader): Response | undefined | null;
  readonly websocket: Bun.WebSocketHandler<Session>;
  /** The same over plain HTTP. */
  readonly routes: Handlers<typeof streams>;
  attach(server: Bun.Server<Session>): void;
  /** Sends everybody away, spread over so long: they reconnect, here or to another server, and resume. */
  close(spreadMs: number): Promise<void>;
}

interface Upgrader {
  requestIP(request: Request): { address: string } | null;
  upgrade(request: Request, options: { data: Session; headers?: Record<string, string> }): boolean;
}

const stepMs = 100;
/** When there may be room again at the earliest; at the latest after twice as long. */
const fullRetryS = 5;
/** After so much silence in both directions Bun gives a socket up; the heartbeat is sooner. */
const idleTimeoutS = 120;

/** The realtime interface: everything that knows a socket is behind this. */
export function createRealtime(ctx: Context, metrics: Metrics, maxSockets = 10_000): Realtime {
  let server: Bun.Server<Session> | undefined;
  const topics = new LocalTopics();
  const hub = new Hub(ctx, metrics.sockets, {
    publish(topic, text, by) {
      topics.publish(topic, text);
      if (by === undefined) server?.publish(topic, text);
      else by.publish(topic, text);
    },
    subscriberCount: (topic) => (server?.subscriberCount(topic) ?? 0) + topics.subscriberCount(topic),
  });
  const open = new Set<Session>();
  const polls = new Set<Session>();
  // The network's time, whatever the clock says that the rest of the server goes by.
  const heartbeat = new Heartbeat(systemClock);
  const unsubscribe = ctx.bus.subscribe((message) => hub.heard(message));
  const isOurs = hostCheck(ctx.publicUrl);
  const cookies = createCookies(ctx);

  function refusal(request: Request, upgrader: Upgrader): AppError | null {
    if (!isOurs(request.headers.get("host") ?? "")) return new AppError("wrong_host");
    // Browsers let any page open a socket to any server, and send the cookie along.
    if (cookies.session(request.headers) !== null && !isOwnOrigin(ctx, request, upgrader))
      return foreignOrigin();
    if (offers(request) === "others")
      return new AppError("invalid_input", { detail: `The subprotocol is ${subprotocol}` });
    return full();
  }

  function full(): AppError | null {
    if (open.size >= maxSockets)
      return new AppError("unavailable", { retryAfterS: fullRetryS * (1 + ctx.random.fraction()) });
    return hub.isDraining || hub.isCrowded
      ? new AppError("unavailable", { retryAfterS: hub.comeBackMs() / 1_000 })
      : null;
  }

  function upgrade(request: Request, upgrader: Upgrader): Response | undefined | null {
    if (!isRealtime(request)) return null;
    const refused = refusal(request, upgrader);
    if (refused !== null) return problemResponse(refused, ctx.random.id());
    const headers = offers(request) === "ours" ? { "sec-websocket-protocol": subprotocol } : undefined;
    const options = {
      data: new Session(hub, cookies.session(request.headers)),
      ...(headers ? { headers } : {}),
    };
    return upgrader.upgrade(request, options) ? undefined : upgradeRequired(ctx.random.id());
  }

  const door = {
    ctx,
    hub,
    topics,
    counts: metrics.sockets,
    open,
    polls,
    refusal: full,
    isClosed: () => hub.isDraining,
  };
  return {
    routes: streamRoutes(door),
    upgrade,
    websocket: {
      open(socket) {
        open.add(socket.data);
        heartbeat.add(socket.data);
        metrics.sockets.opened();
        socket.data.opened(socket);
        if (hub.isDraining) socket.data.close(closeCodes.restart);
      },
      message: (socket, message) => socket.data.received(message),
      ping: (socket) => socket.data.pinged(),
      pong: (socket) => socket.data.pinged(),
      drain: (socket) => socket.data.drained(),
      close(socket, code) {
        open.delete(socket.data);
        heartbeat.delete(socket.data);
        metrics.sockets.closed(code);
        socket.data.ended();
      },
      maxPayloadLength: limits.frameBytesAbrupt,
      // Bun drops frames silently for a slow reader once this is set, so it must close as well.
      backpressureLimit: realtimeLimits.queueBytes,
      closeOnBackpressureLimit: true,
      idleTimeout: idleTimeoutS,
      sendPings: false,
      perMessageDeflate: false,
    },
    attach(attached) {
      server = attached;
    },
    async close(spreadMs) {
      hub.isDraining = true;
      for (const poll of polls) poll.close(closeCodes.restart);
      await closeSpread(ctx.clock, [...open], spreadMs);
      heartbeat.stop();
      unsubscribe();
      await hub.close();
    },
  };
}

/** All at once, they would all come to another server at once. */
async function closeSpread(clock: Clock, sessions: Session[], spreadMs: number): Promise<void> {
  const steps = Math.max(1, Math.floor(spreadMs / stepMs));
  for (let step = 1, closed = 0; closed < sessions.length; step++) {
    if (step > 1) await pause(clock, stepMs);
    const until = Math.ceil((sessions.length * step) / steps);
    for (; closed < until; closed++) sessions[closed]?.close(closeCodes.restart);
  }
}

/** Every request of the server passes here: most are told apart by their text alone. */
function isRealtime(request: Request): boolean {
  const { url } = request;
  return url.includes("/realtime") && request.method === "GET" && URL.parse(url)?.pathname === "/realtime";
}

/** Bun would agree to whatever is offered first. Nothing offered is taken for ours. */
function offers(request: Request): "ours" | "others" | "none" {
  const offered = request.headers.get("sec-websocket-protocol");
  if (offered === null) return "none";
  return offered.split(",").some((name) => name.trim() === subprotocol) ? "ours" : "others";
}

/** RFC 9110, section 15.5.22. */
function upgradeRequired(requestId: string): Response {
  const headers = { upgrade: "websocket", connection: "Upgrade" };
  return problemResponse(new AppError("upgrade_required"), requestId, headers);
}
