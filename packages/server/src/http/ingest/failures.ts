import type { Context as HonoContext } from "hono";
import type { Context } from "../../context.ts";
import type { HttpEnv } from "../bind.ts";
import { logUnforeseen, toAppError } from "../errors.ts";
import { requestIdOf } from "../request-id.ts";
import { ingestMethods } from "./protocols.ts";

export const plainHeaders = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

export function optionsAnswer(): Response {
  return new Response(null, { status: 204, headers: { ...plainHeaders, allow: ingestMethods.join(", ") } });
}

/** The same to the byte for whatever is no token: nobody learns how near they were. */
function refusal(): Response {
  const headers = { ...plainHeaders, "www-authenticate": 'Basic realm="Jarvis", charset="UTF-8"' };
  return new Response(null, { status: 401, headers });
}

/**
 * Phones keep what is not answered with 2xx and send it again: so do they where the store takes nothing just now, where
 * something is wrong in here, and where a body did not arrive whole.
 */
export function failure(ctx: Context, c: HonoContext<HttpEnv>, error: unknown): Response {
  logUnforeseen(ctx.log, error, requestIdOf(c, ctx));
  const { code, details } = toAppError(error);
  if (code === "unauthenticated") return refusal();
  const status = code === "too_many_requests" ? 429 : 503;
  const after = { "retry-after": String(Math.max(1, Math.ceil(details.retryAfterS ?? 5))) };
  return new Response(null, { status, headers: { ...plainHeaders, ...after } });
}
