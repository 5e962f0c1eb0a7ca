import { contract, type Endpoint } from "@jarvis/contract";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { accountRoutes } from "../accounts/routes.ts";
import type { Handler } from "../call.ts";
import { chatRoutes } from "../chat/routes.ts";
import type { Context } from "../context.ts";
import { eventRoutes } from "../events/routes.ts";
import { friendRoutes } from "../friends/routes.ts";
import { AppError } from "../lib/app-error.ts";
import { locationRoutes } from "../location/routes.ts";
import { type AnswerCheck, type App, bind, type Peer } from "./bind.ts";
import { bindDocs } from "./docs.ts";
import { logUnforeseen, problemResponse, toAppError } from "./errors.ts";
import { hostGuard } from "./host.ts";
import { bindMetrics, type Metrics } from "./metrics.ts";
import { allowedMethods } from "./methods.ts";
import { operationRoutes } from "./operations.ts";

export interface AppOptions {
  readonly metrics: Metrics;
  /** Ends when the server drains: long polls return, `/ready` says no. */
  readonly drain: AbortSignal;
  readonly check?: AnswerCheck | undefined;
}

/** The whole HTTP interface as one function from request to response; it needs no socket. */
export function createApp(ctx: Context, options: AppOptions): App {
  const app: App = new Hono<{ Bindings: Peer }>();
  app.use(hostGuard(ctx));
  if (ctx.config.corsOrigins.length > 0) app.use(crossOrigin(ctx.config.corsOrigins));
  app.use(options.metrics.observe);
  bindDocs(app);
  bindMetrics(app, ctx, options.metrics);
  const routes = {
    accounts: accountRoutes,
    friends: friendRoutes,
    events: eventRoutes,
    chat: chatRoutes,
    location: locationRoutes,
    operations: operationRoutes(options.drain),
  };
  for (const [feature, endpoints] of Object.entries(contract)) {
    for (const [name, endpoint] of Object.entries<Endpoint>(endpoints)) {
      bind(app, ctx, endpoint, handlerOf(routes, feature, name), options.drain, options.check);
    }
  }
  app.notFound((c) => missing(c.req.method, c.req.path, ctx));
  app.onError((error) => failed(ctx, error));
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
    allowHeaders: ["authorization", "content-type", "if-match"],
    allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
    exposeHeaders: ["retry-after", "x-request-id"],
    maxAge: 600,
  });
}

function missing(method: string, path: string, ctx: Context): Response {
  const allowed = allowedMethods(path);
  const known = allowed.length > 0 && !allowed.includes(method);
  const error = new AppError(known ? "method_not_allowed" : "not_found");
  return problemResponse(error, ctx.random.id(), known ? { allow: allowed.join(", ") } : {});
}

function failed(ctx: Context, error: unknown): Response {
  const requestId = ctx.random.id();
  logUnforeseen(ctx.log, error, requestId);
  return problemResponse(toAppError(error), requestId);
}
