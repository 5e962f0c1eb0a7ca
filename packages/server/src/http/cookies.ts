import type { CookieChanges } from "../call.ts";
import type { Context } from "../context.ts";

/** The cookies of this server, as a browser holds them. */
export interface Cookies {
  readonly sessionName: string;
  /** Token of the session cookie of a request. */
  session(headers: Headers): string | null;
  flow(headers: Headers): string | null;
  /** `Set-Cookie` headers (RFC 6265bis). */
  headersOf(changes: CookieChanges): [name: "set-cookie", value: string][];
}

type Value = CookieChanges["session"];

/**
 * On https the names begin with `__Host-`: a browser then takes them only from this very host, over https, for all of
 * its paths, so that no subdomain and nobody on the wire can plant one.
 */
export function createCookies(ctx: Context): Cookies {
  const secure = ctx.config.publicUrl?.startsWith("https:") ?? false;
  const prefix = secure ? "__Host-jarvis" : "jarvis";
  const flowName = `${prefix}-sign-in`;

  function headerOf(name: string, value: Value): [name: "set-cookie", value: string][] {
    if (value === undefined) return [];
    const seconds = value === null ? 0 : Math.max(0, Math.floor((value.expiresMs - ctx.clock.now()) / 1_000));
    const attributes = `Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
    return [["set-cookie", `${name}=${value?.token ?? ""}; ${attributes}`]];
  }

  return {
    sessionName: prefix,
    session: (headers) => cookieOf(headers, prefix),
    flow: (headers) => cookieOf(headers, flowName),
    headersOf: ({ session, flow }) => [...headerOf(prefix, session), ...headerOf(flowName, flow)],
  };
}

function cookieOf(headers: Headers, name: string): string | null {
  const header = headers.get("cookie");
  if (header === null || !header.includes(name)) return null;
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim() || null;
  }
  return null;
}
