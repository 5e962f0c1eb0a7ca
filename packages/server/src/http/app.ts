import { contract, type Endpoint, type streams } from "@jarvis/contract";
import { type Context as HonoContext, Hono } from "hono";
import { cors } from "hono/cors";
import { accountRoutes } from "../accounts/routes.ts";
import { signInRoutes } from "../accounts/sign-in-routes.ts";
import type { Handler, Handlers } from "../call.ts";
import { calendarRoutes } from "../calendars/routes.ts";
import { chatRoutes } from "../chat/routes.ts";
import type { Context } from "../context.ts";
import { deviceRoutes } from "../devices/routes.ts";
import { eventRoutes } from "../events/routes.ts";
import { feedRoutes } from "../feeds/routes.ts";
import { friendRoutes } from "../friends/routes.ts";
import { AppError } from "../lib/app-error.ts";
import { locationRoutes } from "../location/routes.ts";
import { meetingRoutes } from "../meeting/routes.ts";
import { photoRoutes } from "../photos/routes.ts";
import { pollRoutes } from "../polls/routes.ts";
import { privacyRoutes } from "../privacy/routes.ts";
import { scheduleRoutes } from "../schedule/routes.ts";
import { type AnswerCheck, type App, bind, type HttpEnv } from "./bind.ts";
import { createCookies } from "./cookies.ts";
import { bindDav } from "./dav/bind-dav.ts";
import { bindDocs } from "./docs.ts";
import { bindIngest } from "./ingest/bind-ingest.ts";
import { logUnforeseen, problemResponse, toAppError } from "./errors.ts";
import { hostGuard } from "./host.ts";
import { bindMetrics, type Metrics } from "./metrics.ts";
import { allowedMethods } from "./methods.ts";
import { operationRoutes } from "./operations.ts";
import { originGuard } from "./origin.ts";
import { requestIdOf } from "./request-id.ts";
import { strictTransport } from "./transport.ts";

export interface AppOptions {
  readonly metrics: Metrics;
  /** Ends when the server is asked to stop: `/ready` says no. */
  readonly stopping: AbortSignal;
  /** Ends when it takes leave of those who are still here: long polls return. */
  readonly drain: AbortSignal;
  readonly check?: AnswerCheck | undefined;
  /** What is heard over plain HTTP. */
  readonly streamRoutes: Handlers<typeof streams>;
}

/** The whole HTTP interface as one function from request to response; it needs no socket. */
export function createApp(ctx: Context, options: AppOptions): App {
  const app: App = new Hono<HttpEnv>();
  app.use(options.metrics.observe);
  if (ctx.publicUrl.startsWith("https:")) app.use(strictTransport());
  app.use(hostGuard(ctx));
  bindDav(app, ctx);
  bindIngest(app, { ctx, counts: options.metrics.ingest });
  if (ctx.config.corsOrigins.length > 0) app.use(crossOrigin(ctx.config.corsOrigins));
  const cookies = createCookies(ctx);
  app.use(originGuard(ctx, cookies));
  bindDocs(app, ctx.publicUrl);
  bindMetrics(app, ctx, options.metrics);
  const routes = {
    accounts: accountRoutes,
    access: signInRoutes,
    friends: friendRoutes,
    events: eventRoutes,
    schedule: scheduleRoutes,
    polls: pollRoutes,
    chat: chatRoutes,
    photos: photoRoutes,
    calendars: calendarRoutes,
    location: locationRoutes,
    devices: deviceRoutes,
    meeting: meetingRoutes,
    feeds: feedRoutes,
    streams: options.streamRoutes,
    privacy: privacyRoutes,
    operations: operationRoutes(options.stopping),
  };
  for (const [feature, endpoints] of Object.entries(contract)) {
    for (const [name, endpoint] of Object.entries<Endpoint>(endpoints)) {
      bind(app, { ctx, cookies, ...options }, endpoint, handlerOf(routes, feature, name));
    }
  }
  app.notFound((c) => missing(ctx, c));
  app.onError((error, c) => failed(ctx, error, c));
  return app;
}

/** `Handlers<…>` has checked each feature's routes against its endpoints; the loop over them all has lost the pairing. */
function handlerOf(
  routes: Record<string, Record<string, unknown>>,
  feature: string,
  name: string,
): Handler<Endpoint> {
  const handler = routes[feature]?.[name];
  if (typeof handler !== "function") throw new Error(`${feature}.${name} has no handler`);
  return handler as Handler<Endpoint>;
}

function crossOrigin(origins: readonly string[]) {
  return cors({
    origin: [...origins],
    credentials: false,
    allowHeaders: ["authorization", "content-type", "if-match", "idempotency-key", "last-event-id"],
    allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    exposeHeaders: ["retry-after", "ratelimit", "ratelimit-policy", "x-request-id"],
    maxAge: 600,
  });
}

type HttpContext = HonoContext<HttpEnv>;

/** Nothing here, or nothing for this method; `OPTIONS` asks which there are. */
function missing(ctx: Context, c: HttpContext): Response {
  const allowed = allowedMethods(c.req.path);
  const allow = { allow: allowed.join(", ") };
  if (allowed.length === 0) return problemResponse(new AppError("not_found"), requestIdOf(c, ctx));
  if (c.req.method === "OPTIONS") return new Response(null, { status: 204, headers: allow });
  const error = new AppError(allowed.includes(c.req.method) ? "not_found" : "method_not_allowed");
  return problemResponse(error, requestIdOf(c, ctx), error.code === "method_not_allowed" ? allow : {});
}

function failed(ctx: Context, error: unknown, c: HttpContext): Response {
  const requestId = requestIdOf(c, ctx);
  logUnforeseen(ctx.log, error, requestId);
  const told = toAppError(error);
  if (told.code !== "method_not_allowed") return problemResponse(told, requestId);
  return problemResponse(told, requestId, { allow: allowedMethods(c.req.path).join(", ") });
}
