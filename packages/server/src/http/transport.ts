import type { MiddlewareHandler } from "hono";

/** Who has come over TLS once shall not be led back to plain text (RFC 6797). Browsers ignore it over plain HTTP. */
export function strictTransport(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    c.header("strict-transport-security", "max-age=31536000");
  };
}
