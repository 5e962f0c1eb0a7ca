import type { MiddlewareHandler } from "hono";
import type { Context } from "../context.ts";
import { AppError } from "../lib/app-error.ts";
import type { Cookies } from "./cookies.ts";

/**
 * The origin that a browser shows this server's own pages under: that of the public URL; where none is set, the one
 * that the request's `Host` names, which has been checked to be ours.
 */
export function ownOrigin(ctx: Context, request: Request): string {
  if (ctx.config.publicUrl !== null) return ctx.config.publicUrl;
  const host = request.headers.get("host") ?? new URL(request.url).host;
  return URL.parse(`http://${host}`)?.origin ?? ctx.publicUrl;
}

/** Whether a request comes from a page of our own. Browsers write `Origin` in one way only, so it is compared as it is. */
export function isOwnOrigin(ctx: Context, request: Request): boolean {
  return request.headers.get("origin") === ownOrigin(ctx, request);
}

/**
 * What a page has loaded without asking to read it comes without `Origin`; browsers say all the same that it is from
 * elsewhere (Fetch Metadata), another name below the same site included: to there `SameSite` lets cookies go.
 */
export function isOfAnotherSite(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  return site === "cross-site" || site === "same-site";
}

/**
 * Refuses to change anything with a cookie for a page that is not ours: browsers send cookies with what other sites
 * make them send too. A bearer is sent by nobody unasked, and wins over a cookie.
 */
export function originGuard(ctx: Context, cookies: Cookies): MiddlewareHandler {
  return (c, next) => {
    const { raw } = c.req;
    if (!isSafe(raw.method) && carriesCookieAlone(raw, cookies) && !isOwnOrigin(ctx, raw))
      throw foreignOrigin();
    return next();
  };
}

function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS";
}

function carriesCookieAlone({ headers }: Request, cookies: Cookies): boolean {
  return !headers.has("authorization") && cookies.session(headers) !== null;
}

export function foreignOrigin(): AppError {
  return new AppError("forbidden", { detail: "A cookie acts only for pages of this server's own origin" });
}
