import type { Context as HonoContext } from "hono";
import type { Context } from "../context.ts";
import type { HttpEnv } from "./bind.ts";
import { requestIdOf } from "./request-id.ts";

const slowMs = 1_000;

/**
 * One line for each request that failed or was slow, and for all of them at level debug. It names the route's
 * pattern, never the path or the query as sent: those hold ids and what people search for.
 */
export function logAccess(c: HonoContext<HttpEnv>, ctx: Context, route: string, ms: number): void {
  const { status } = c.res;
  const notable = status >= 400 || (ms >= slowMs && c.get("longPoll") !== true);
  if (!notable && ctx.config.logLevel !== "debug") return;
  const requestId = requestIdOf(c, ctx);
  if (!c.res.headers.has("x-request-id")) c.header("x-request-id", requestId);
  const fields = { request_id: requestId, method: c.req.method, route, status, ms: Math.round(ms * 10) / 10 };
  if (notable) ctx.log.info(fields, "request");
  else ctx.log.debug(fields, "request");
}
