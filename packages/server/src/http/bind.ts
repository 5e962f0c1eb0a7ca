import type { Endpoint } from "@jarvis/contract";
import type { Context as HonoContext, Hono } from "hono";
import { authenticate, signOutsSeen } from "../accounts/service.ts";
import { type Call, type Handler, Reply, type RequestFacts, type Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { AppError } from "../lib/app-error.ts";
import { pacer } from "../lib/shared-turns.ts";
import { clientAddress } from "../lib/trusted-proxies.ts";
import type { Cookies } from "./cookies.ts";
import { discardBody } from "./discard.ts";
import { Creations, type OpenCreation } from "./idempotency.ts";
import { isOfAnotherSite, isOwnOrigin, ownOrigin } from "./origin.ts";
import { parseWith } from "./parse.ts";
import { parseQuery } from "./query.ts";
import { readJson } from "./body.ts";
import { bytesResponse } from "./bytes.ts";
import { calendarResponse } from "./calendar-file.ts";
import { largeJson } from "./large-json.ts";
import { pathParams, toRoute } from "./paths.ts";
import { readInTime, unreadBody } from "./receiving.ts";

/** What Bun hands to the application beside the request. */
export interface Peer {
  requestIP(request: Request): { address: string } | null;
  timeout(request: Request, seconds: number): void;
}

/** What travels with a request through the application. */
export interface HttpEnv {
  Bindings: Peer;
  Variables: {
    /** Made when something asks for it first. */
    requestId?: string;
    /** It waits on purpose, so that it is not slow. */
    longPoll?: true;
  };
}

export type App = Hono<HttpEnv>;
type HttpContext = HonoContext<HttpEnv>;

/** Looks at every answer before it leaves: in tests, against the schema that the contract declares. */
export type AnswerCheck = (
  endpoint: Endpoint,
  outcome: { status: number; body: unknown } | { code: string },
) => void;

/** What every endpoint is bound with. */
export interface Binding {
  readonly ctx: Context;
  readonly cookies: Cookies;
  /** Ends when the server drains. */
  readonly drain: AbortSignal;
  readonly check?: AnswerCheck | undefined;
}

/**
 * One endpoint of the contract on the application: authenticate → limit → parse → handler → answer. The order matters:
 * who is nobody learns nothing from the parser, and a limit is counted before the work is done.
 */
export function bind<E extends Endpoint>(app: App, binding: Binding, endpoint: E, handler: Handler<E>): void {
  const { check } = binding;
  const creations = endpoint.idempotent ? new Creations(binding.ctx, endpoint) : null;
  app.on(endpoint.method, toRoute(endpoint.path), async (c) => {
    let creation: OpenCreation | null = null;
    try {
      const call = await toCall(binding, c, endpoint, creations);
      creation = call.request.creation;
      // The contract's schemas have produced exactly the parts that this endpoint's handler declares.
      const answer = await handler(call as Call<E>);
      if (answer instanceof Reply && answer.extra.calendar !== undefined)
        return await calendarResponse(answer.extra.calendar, c.req.raw.headers, endpoint.auth);
      if (answer instanceof Reply && answer.extra.isLarge)
        return await largeResponse(binding, endpoint, answer);
      return toResponse(binding, endpoint, answer);
    } catch (error) {
      if (check !== undefined && error instanceof AppError) check(endpoint, { code: error.code });
      if (endpoint.method !== "GET") await discardBody(c.req.raw);
      throw error;
    } finally {
      creation?.end();
    }
  });
}

async function toCall(binding: Binding, c: HttpContext, endpoint: Endpoint, creations: Creations | null) {
  const { ctx } = binding;
  // An event stream has no length that a HEAD could ask for; it would only be opened for nobody.
  if (endpoint.events && c.req.raw.method !== "GET") throw new AppError("method_not_allowed");
  const signOuts = signOutsSeen(ctx);
  const viewer = endpoint.auth === "session" ? await authenticate(ctx, presentedToken(binding, c)) : null;
  if (endpoint.rate !== undefined) await ctx.rates.consume(endpoint.rate, () => rateKey(ctx, viewer, c));
  const params = endpoint.params ? parseParams(endpoint, endpoint.params, c) : {};
  const query = endpoint.query ? parseQuery(endpoint.query, c.req.url) : {};
  // A body may be sent slowly: a token that was signed out meanwhile is dead all the same.
  const recheck = async (): Promise<void> => {
    if (viewer !== null && signOuts !== signOutsSeen(ctx))
      await authenticate(ctx, presentedToken(binding, c));
  };
  const unread = unreadBody(endpoint, { request: c.req.raw, env: c.env, clock: ctx.clock, recheck });
  const sent =
    endpoint.body && unread === null
      ? await readInTime(c.req.raw, c.env, () => readJson(c.req.raw, endpoint.document?.type))
      : undefined;
  const body = unread ?? (endpoint.body && parseWith(endpoint.body, sent, ""));
  await recheck();
  const key = creations && c.req.raw.headers.get("idempotency-key");
  const creation =
    creations && viewer ? await creations.begin({ viewer, key, path: c.req.path, body: sent }) : null;
  return { ctx, viewer, params, query, body, request: requestFacts(binding, c, creation) };
}

/** A path parameter that cannot be an id names nothing that exists. */
function parseParams(
  { path }: Endpoint,
  schema: NonNullable<Endpoint["params"]>,
  c: HttpContext,
): Record<string, unknown> {
  const parsed = schema.safeParse(pathParams(path, c.req.param()));
  if (!parsed.success) throw new AppError("not_found");
  return parsed.data;
}

/** A bearer wins over a cookie, also one that is none. */
function presentedToken({ cookies }: Pick<Binding, "cookies">, c: HttpContext): string | null {
  const { headers } = c.req.raw;
  const header = headers.get("authorization");
  if (header === null) return cookies.session(headers);
  return /^Bearer ([\x21-\x7e]+)$/i.exec(header)?.[1] ?? null;
}

function rateKey(ctx: Context, viewer: Viewer | null, c: HttpContext): { user: string; address: string } {
  const address = addressOf(ctx, c);
  return { user: viewer?.id ?? address, address };
}

/** Where a request comes from, as far as that can be believed. */
export function addressOf({ config }: Context, c: HttpContext): string {
  const { raw } = c.req;
  const peer = c.env.requestIP(raw)?.address ?? "unknown";
  return clientAddress(peer, raw.headers.get("x-forwarded-for"), config.trustedProxies);
}

function requestFacts({ ctx, cookies, drain }: Binding, c: HttpContext, creation: OpenCreation | null) {
  const { headers } = c.req.raw;
  return {
    creation,
    get origin() {
      return ownOrigin(ctx, c.req.raw);
    },
    get isOwnOrigin() {
      return isOwnOrigin(ctx, c.req.raw);
    },
    get isForeign() {
      if (this.cookie === null) return false;
      return headers.has("origin") ? !this.isOwnOrigin : isOfAnotherSite(headers);
    },
    get cookie() {
      return headers.has("authorization") ? null : cookies.session(headers);
    },
    get flowCookie() {
      return cookies.flow(headers);
    },
    get address() {
      return addressOf(ctx, c);
    },
    get ifMatch() {
      return ifMatchVersion(c.req.raw.headers.get("if-match"));
    },
    get lastEventId() {
      return headers.get("last-event-id");
    },
    authenticate: () => authenticate(ctx, presentedToken({ cookies }, c)),
    get signal() {
      return AbortSignal.any([c.req.raw.signal, drain]);
    },
    keepOpen: (seconds: number) => {
      c.set("longPoll", true);
      c.env.timeout(c.req.raw, seconds);
    },
  } satisfies RequestFacts;
}

/** `If-Match: "<version>"` (RFC 9110, section 13.1.1); `*` and an absent header match anything. */
function ifMatchVersion(header: string | null): number | null {
  if (header === null || header.trim() === "*") return null;
  const version = /^\s*"(\d{1,15})"\s*$/.exec(header)?.[1];
  if (version === undefined)
    throw new AppError("changed", { detail: "If-Match names no version of this object" });
  return Number(version);
}

const eventHeaders = {
  "content-type": "text/event-stream",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
  "x-accel-buffering": "no", // nginx would hold events back until a buffer is full
};
const publicHeaders = {
  "content-type": "application/json; charset=utf-8",
  "x-content-type-options": "nosniff",
};
const privateHeaders = { ...publicHeaders, "cache-control": "no-store" };

function toResponse(binding: Binding, endpoint: Endpoint, answer: unknown): Response {
  const { value, extra } = answer instanceof Reply ? answer : { value: answer, extra: {} };
  if (extra.events !== undefined) return new Response(extra.events, { headers: eventHeaders });
  if (extra.bytes !== undefined) return bytesResponse(extra.bytes, binding.ctx.config.corsOrigins.length > 0);
  const response =
    extra.location === undefined
      ? jsonResponse(endpoint, value, extra, binding.check)
      : new Response(null, {
          status: 303,
          headers: { location: extra.location, "cache-control": "no-store" },
        });
  if (extra.cookies === undefined) return response;
  for (const [name, header] of binding.cookies.headersOf(extra.cookies))
    response.headers.append(name, header);
  return response;
}

/** An object whose lists may be long. */
async function largeResponse({ ctx, check }: Binding, endpoint: Endpoint, { value }: Reply<unknown>) {
  const status = endpoint.status ?? 200;
  check?.(endpoint, { status, body: { response: value } });
  const json = await largeJson(value as object, pacer(ctx)); // `largeReply` takes objects alone
  return new Response(`{"response":${json}}`, { status, headers: privateHeaders });
}

function jsonResponse(
  endpoint: Endpoint,
  value: unknown,
  extra: Reply<unknown>["extra"],
  check?: AnswerCheck,
): Response {
  const status = extra.repeat ? (endpoint.repeatStatus ?? 200) : (endpoint.status ?? 200);
  const body =
    extra.nextCursor === undefined ? { response: value } : { response: value, next_cursor: extra.nextCursor };
  check?.(endpoint, { status, body });
  return new Response(JSON.stringify(body), {
    status,
    headers: endpoint.auth === "none" && endpoint.method === "GET" ? publicHeaders : privateHeaders,
  });
}
