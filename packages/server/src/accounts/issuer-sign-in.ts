import { type Reply, redirectTo, type RequestFacts } from "../call.ts";
import type { Context } from "../context.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import type { FlowSecrets } from "../lib/code-flow.ts";
import type { IdToken } from "../lib/id-tokens.ts";
import { sha256 } from "../lib/ids.ts";
import { deleteFlow, type FlowRow, insertFlow } from "./access-store.ts";
import { returnPath, usernameFrom } from "./rules.ts";
import { endReplaced, unauthenticated } from "./sessions.ts";
import { enterWithVerified, type OpenedSession } from "./sign-in.ts";

/** How long somebody may take at the issuer. */
const flowMs = 10 * 60_000;
const appPath = "/app/";
const signInPath = "/app/sign-in";

/** Sends the browser to the issuer. It keeps one half of what its answer is known by, the address there the other. */
export async function startSignIn(
  ctx: Context,
  issuer: string,
  wanted: string | undefined,
  { origin }: RequestFacts,
): Promise<Reply<never>> {
  requireOffered(ctx, issuer);
  const path = returnPath(wanted ?? appPath);
  if (path === null) return failed("invalid_input");
  const browser = ctx.random.token();
  const state = ctx.random.token();
  const expires_ms = ctx.clock.now() + flowMs;
  try {
    const secrets = secretsOf(browser, state);
    const location = await ctx.codeFlow.authorizationUrl(issuer, callbackUrl(origin, issuer), secrets);
    const row = { hash: flowHash(browser, state), issuer, return_path: path, expires_ms };
    await ctx.db.write((tx) => insertFlow(tx.sql, row));
    return redirectTo(location, { flow: { token: browser, expiresMs: expires_ms } });
  } catch (error) {
    return failedBy(error);
  }
}

export interface CallbackQuery {
  readonly code?: string | undefined;
  readonly state?: string | undefined;
  readonly iss?: string | undefined;
  readonly error?: string | undefined;
}

/** The browser is back from the issuer: opens its session and sends it to where it wanted to go. */
export async function finishSignIn(
  ctx: Context,
  issuer: string,
  query: CallbackQuery,
  request: RequestFacts,
): Promise<Reply<never>> {
  requireOffered(ctx, issuer);
  const begun = await takeFlow(ctx, issuer, query.state, request.flowCookie);
  if (begun === null) return failed("unauthenticated");
  try {
    const { token, expires_ms } = await enter(ctx, issuer, begun.secrets, query, request);
    if (request.cookie !== null) await endReplaced(ctx, request.cookie);
    return redirectTo(begun.flow.return_path, { flow: null, session: { token, expiresMs: expires_ms } });
  } catch (error) {
    return failedBy(error, { flow: null });
  }
}

function requireOffered(ctx: Context, issuer: string): void {
  if (!ctx.codeFlow.offers(issuer)) throw notFound();
}

interface Begun {
  readonly flow: FlowRow;
  readonly secrets: FlowSecrets;
}

/** What this browser began with this issuer; once, and not for long. */
async function takeFlow(
  ctx: Context,
  issuer: string,
  state: string | undefined,
  browser: string | null,
): Promise<Begun | null> {
  if (state === undefined || browser === null) return null;
  const flow = await ctx.db.write((tx) => deleteFlow(tx.sql, flowHash(browser, state)));
  if (flow === undefined || flow.issuer !== issuer || flow.expires_ms <= ctx.clock.now()) return null;
  return { flow, secrets: secretsOf(browser, state) };
}

async function enter(
  ctx: Context,
  issuer: string,
  secrets: FlowSecrets,
  query: CallbackQuery,
  request: RequestFacts,
): Promise<OpenedSession> {
  const url = new URL(callbackUrl(request.origin, issuer));
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, value);
  const token = await ctx.idTokens.verify(await ctx.codeFlow.redeem(issuer, url, secrets));
  // An issuer speaks for itself alone, whatever else is accepted here.
  if (!ctx.config.issuers.some((one) => one.name === issuer && one.issuer === token.issuer))
    throw unauthenticated();
  const { signedIn } = await enterWithVerified(ctx, token, accountFrom(token), request);
  return signedIn;
}

function accountFrom({ name, email, emailVerified }: IdToken) {
  return { email: emailVerified ? email : null, username: usernameFrom(name, email ?? "") };
}

function callbackUrl(origin: string, issuer: string): string {
  return `${origin}/auth/${issuer}/callback`;
}

/**
 * The store has one hash, from which nothing of a sign-in follows: verifier and nonce are made of what the browser
 * alone holds and of the state, so that a code redeems only in the browser that asked for it.
 */
function flowHash(browser: string, state: string): Uint8Array {
  return sha256(`flow ${browser} ${state}`);
}

function secretsOf(browser: string, state: string): FlowSecrets {
  const derived = (use: string) =>
    sha256(`${use} ${browser} ${state}`).toBase64({ alphabet: "base64url", omitPadding: true });
  return { state, nonce: derived("nonce"), verifier: derived("verifier") };
}

function failedBy(error: unknown, cookies: { flow?: null } = {}): Reply<never> {
  if (!(error instanceof AppError)) throw error;
  return failed(error.code, cookies);
}

/** A browser shows pages, not problem documents. */
function failed(code: string, cookies: { flow?: null } = {}): Reply<never> {
  return redirectTo(`${signInPath}?error=${code}`, cookies);
}
