import type { Context as HonoContext } from "hono";
import type { Context } from "../context.ts";
import type { HttpEnv } from "./bind.ts";

/** The id under which a caller finds a request in the log. Made when first asked for: most requests never are. */
export function requestIdOf(c: HonoContext<HttpEnv>, ctx: Context): string {
  const known = c.get("requestId");
  if (known !== undefined) return known;
  const id = ctx.random.id();
  c.set("requestId", id);
  return id;
}
