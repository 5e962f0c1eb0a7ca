import type { Context as HonoContext } from "hono";
import type { Context } from "../../context.ts";
import type { App, HttpEnv } from "../bind.ts";
import { addressOf } from "../bind.ts";
import { readInTime } from "../receiving.ts";
import { discardBody } from "../discard.ts";
import { logUnforeseen, problemResponse, toAppError } from "../errors.ts";
import { requestIdOf } from "../request-id.ts";
import { challenge } from "./authorize.ts";
import { PreconditionFailed } from "./errors.ts";
import { davRoot } from "./resources.ts";
import { allowed, serve } from "./serve.ts";

type HttpContext = HonoContext<HttpEnv>;

/** Calendars for phones: CalDAV (RFC 4791), read only. It has an authentication of its own, and no CORS. */
export function bindDav(app: App, ctx: Context): void {
  app.all("/.well-known/caldav", () => moved());
  app.all("/dav", (c) => handle(ctx, c));
  app.all("/dav/*", (c) => handle(ctx, c));
}

/** Where a client that knows the host alone finds the rest (RFC 6764, section 5). */
function moved(): Response {
  return new Response(null, {
    status: 301,
    headers: { location: davRoot, "cache-control": "max-age=86400" },
  });
}

/** What it can do; there is no class 2, as nothing can be locked. */
const compliance = { dav: "1, calendar-access" };

async function handle(ctx: Context, c: HttpContext): Promise<Response> {
  const { raw: request } = c.req;
  try {
    const response = await serve(ctx, {
      request,
      address: addressOf(ctx, c),
      inTime: (read) => readInTime(c.req.raw, c.env, read),
    });
    response.headers.set("dav", compliance.dav);
    return response;
  } catch (error) {
    await discardBody(request);
    if (error instanceof PreconditionFailed) return error.toResponse(compliance);
    return problem(ctx, c, error);
  }
}

function problem(ctx: Context, c: HttpContext, error: unknown): Response {
  const requestId = requestIdOf(c, ctx);
  logUnforeseen(ctx.log, error, requestId);
  const told = toAppError(error);
  const more = {
    ...(told.code === "unauthenticated" ? challenge : {}),
    ...(told.code === "method_not_allowed" ? { allow: allowed } : {}),
  };
  return problemResponse(told, requestId, { ...compliance, ...more });
}
