import { isIP } from "node:net";
import type { MiddlewareHandler } from "hono";
import type { Context } from "../context.ts";
import { AppError } from "../lib/app-error.ts";

/** Bounds the memory that callers with ever new `Host` headers can take. */
const maxRemembered = 1_000;

/**
 * Refuses requests for hosts that are not ours. A page of another site could otherwise point its own name at this
 * server's address (DNS rebinding) and call it as if it were its own.
 */
export function hostGuard(ctx: Context): MiddlewareHandler {
  const isOurs = hostCheck(ctx.publicUrl);
  return (c, next) => {
    if (!isOurs(hostOf(c.req.raw))) throw new AppError("wrong_host");
    return next();
  };
}

/** HTTP/1.0 may name no host at all; then it is not ours. */
function hostOf(request: Request): string {
  return request.headers.get("host") ?? URL.parse(request.url)?.host ?? "";
}

/** Whether a `Host` header names the public URL's host, localhost or an address; the port does not matter. */
export function hostCheck(publicUrl: string): (host: string) => boolean {
  const publicName = new URL(publicUrl).hostname;
  const remembered = new Map<string, boolean>();
  return (host) => {
    const known = remembered.get(host);
    if (known !== undefined) return known;
    const ours = isOneOf(host, publicName);
    if (remembered.size < maxRemembered) remembered.set(host, ours);
    return ours;
  };
}

function isOneOf(host: string, publicName: string): boolean {
  const name = /^([^\s:@/?#[\]]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase();
  if (name === undefined) return false;
  return name === publicName || name === "localhost" || isIP(name.replaceAll(/[[\]]/g, "")) !== 0;
}
