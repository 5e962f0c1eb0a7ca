import type { MiddlewareHandler } from "hono";
import type { Context } from "../context.ts";
import { AppError } from "../lib/app-error.ts";
import { forwardedPlace } from "../lib/trusted-proxies.ts";
import type { Cookies } from "./cookies.ts";
import { hostCheck } from "./host.ts";

/** Who knows where a connection comes from. */
interface Peers {
  requestIP(request: Request): { address: string } | null;
}

/**
 * The origin that a browser shows this server's own pages under: that of the public URL; where none is set, the one
 * that the request's `Host` names, which has been checked to be ours, or what a trusted proxy says that it was asked with.
 */
export function ownOrigin(ctx: Context, request: Request, peer: Peers): string {
  const { publicUrl, trustedProxies } = ctx.config;
  if (publicUrl !== null) return publicUrl;
  const { scheme, host } = forwardedPlace(
    peer.requestIP(request)?.address ?? "unknown",
    request.headers,
    trustedProxies,
  );
  const asked = request.headers.get("host") ?? new URL(request.url).host;
  const ours = host !== null && hostCheck(ctx.publicUrl)(host) ? host : asked;
  return URL.parse(`${scheme ?? "http"}://${ours}`)?.origin ?? ctx.publicUrl;
}

/** Whether a request comes from a page of our own. Browsers write `Origin` in one way only, so it is compared as it is. */
export function isOwnOrigin(ctx: Context, request: Request, peer: Peers): boolean {
  return request.headers.get("origin") === ownOrigin(ctx, request, peer);
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
export function originGuard(ctx: Context, cookies: Cookies): MiddlewareHandler<{ Bindings: Peers }> {
  return (c, next) => {
    const { raw } = c.req;
    if (!isSafe(raw.method) && carriesCookieAlone(raw, cookies) && !isOwnOrigin(ctx, raw, c.env))
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
