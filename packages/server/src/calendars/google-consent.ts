import { type CalendarId, limits, type UserId } from "@jarvis/contract";
import { type Reply as Answer, Reply, redirectTo, type RequestFacts, type Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { AppError, notFound } from "../lib/app-error.ts";
import { GoogleFault } from "../lib/google-calendar/fault.ts";
import { packKept } from "../lib/google-calendar/kept.ts";
import {
  type ConsentSecrets,
  type GoogleOAuth,
  type Grant,
  ScopeWithheld,
} from "../lib/google-calendar/oauth.ts";
import { sha256 } from "../lib/ids.ts";
import { type GoogleReading, patienceMs, readGoogle } from "./google.ts";
import { giveBack } from "./google-grants.ts";
import {
  deleteFlow,
  deleteRevocationsOf,
  findByAccount,
  type FlowRow,
  insertFlow,
  insertGoogle,
  listAccounts,
  updateGoogle,
} from "./google-store.ts";
import type { ReadOutcome } from "./rules.ts";
import { countCalendars } from "./store.ts";
import { connectCalendar, storeOutcome } from "./storing.ts";

/** How long somebody may take at Google. */
const flowMs = 10 * 60_000;
const callbackPath = "/auth/google/calendar/callback";
const landing = "/app/calendars";
const calendarName = "Google";

/** Where to send the browser. It keeps one half of what Google's answer is known by, the address there the other. */
export async function beginConsent(
  ctx: Context,
  viewer: Viewer,
  { origin }: RequestFacts,
): Promise<Answer<{ consent_url: string }>> {
  const { oauth } = ctx.google;
  if (oauth === null)
    throw new AppError("unsupported", { detail: "Google's calendars are not set up on this server" });
  if ((await countCalendars(ctx.db.read, viewer.id)) >= limits.calendars) throw tooMany();
  const browser = ctx.random.token();
  const state = ctx.random.token();
  const redirect_uri = `${origin}${callbackPath}`;
  const expires_ms = ctx.clock.now() + flowMs;
  const consent_url = await oauth.consentUrl(redirect_uri, secretsOf(browser, state));
  const row = { hash: flowHash(browser, state), user_id: viewer.id, redirect_uri, expires_ms };
  await ctx.db.write((tx) => insertFlow(tx.sql, row));
  return new Reply({ consent_url }, { cookies: { flow: { token: browser, expiresMs: expires_ms } } });
}

interface ConsentQuery {
  readonly code?: string | undefined;
  readonly state?: string | undefined;
  readonly iss?: string | undefined;
  readonly error?: string | undefined;
}

/**
 * The browser is back from Google. It has to be the one that was sent there, signed in to the account that asked: it
 * signs nobody in, and gives nobody the calendars of somebody else.
 */
export async function finishConsent(
  ctx: Context,
  query: ConsentQuery,
  request: RequestFacts,
): Promise<Answer<never>> {
  const { oauth } = ctx.google;
  if (oauth === null) throw notFound();
  const user = await signedIn(request);
  const begun = user === null ? null : await takeFlow(ctx, user, query.state, request.flowCookie);
  if (user === null || begun === null) return landed("unauthenticated");
  using slot = ctx.calendarWork.slots.take(user);
  if (slot === null) return landed("unavailable", { flow: null });
  try {
    const grant = await redeem(ctx, oauth, begun, query);
    await connect(ctx, user, grant, request);
    return landed(null, { flow: null });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return landed(error.code, { flow: null });
  }
}

async function signedIn(request: RequestFacts): Promise<UserId | null> {
  try {
    return (await request.authenticate()).id;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

interface Begun {
  readonly flow: FlowRow;
  readonly secrets: ConsentSecrets;
}

/** What this browser began for this account; once, and not for long. */
async function takeFlow(
  ctx: Context,
  user: UserId,
  state: string | undefined,
  browser: string | null,
): Promise<Begun | null> {
  if (state === undefined || browser === null) return null;
  const flow = await ctx.db.write((tx) => deleteFlow(tx.sql, flowHash(browser, state), user));
  if (flow === undefined || flow.expires_ms <= ctx.clock.now()) return null;
  return { flow, secrets: secretsOf(browser, state) };
}

async function redeem(ctx: Context, oauth: GoogleOAuth, begun: Begun, query: ConsentQuery): Promise<Grant> {
  if (query.error === "access_denied") throw new AppError("forbidden"); // the person said no
  const url = new URL(begun.flow.redirect_uri);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  try {
    return await oauth.redeem(url, begun.secrets);
  } catch (error) {
    if (error instanceof ScopeWithheld) {
      await release(ctx, begun.flow.user_id, error.grant);
      throw new AppError("forbidden");
    }
    if (!(error instanceof GoogleFault)) throw error;
    ctx.log.warn({ code: error.code }, "a consent for Google's calendars was not redeemed");
    throw new AppError(error.code === "refused" ? "unauthenticated" : "unavailable");
  }
}

/** Reads the calendars for the first time and adds them, or brings those back that this account had before. */
async function connect(ctx: Context, user: UserId, grant: Grant, request: RequestFacts): Promise<void> {
  try {
    const access = { ...grant, patienceMs };
    const read = await readGoogle(ctx, user, access, new Map());
    const { outcome } = read;
    if (outcome.kind === "failed")
      throw new AppError(outcome.code === "too_large" ? "limit_exceeded" : "unavailable");
    // That took a while, in which the session may have ended.
    if ((await request.authenticate()).id !== user) throw new AppError("unauthenticated");
    await store(ctx, user, read, outcome);
  } catch (error) {
    await release(ctx, user, grant);
    throw error;
  }
}

async function store(ctx: Context, user: UserId, read: GoogleReading, outcome: ReadOutcome): Promise<void> {
  const { account, kept } = read;
  if (account === null || kept === null) throw new Error("what was read has an account");
  const row = { account, refresh_token: read.refreshToken, kept: packKept(kept) };
  const connected = { user, kind: "google", name: calendarName } as const;
  try {
    await connectCalendar(ctx, connected, outcome, async (tx, id) => {
      const known = await findByAccount(tx.sql, user, account);
      if (known !== undefined) throw new Known(known);
      await deleteRevocationsOf(tx.sql, account);
      await insertGoogle(tx.sql, { calendar_id: id, user_id: user, version: 0, ...row });
    });
  } catch (error) {
    if (!(error instanceof Known)) throw error;
    const { refresh_token, kept: packed } = row;
    const stored = await storeOutcome(ctx, { user, id: error.id }, outcome, async (tx) => {
      await updateGoogle(tx.sql, { id: error.id, version: null }, { refresh_token, kept: packed });
    });
    if (stored === null) throw new AppError("unavailable"); // it was removed in this moment
  }
}

/** The same account at Google is connected already. */
class Known extends Error {
  readonly id: CalendarId;

  constructor(id: CalendarId) {
    super("connected already");
    this.id = id;
  }
}

/**
 * Gives back what is not used. Google takes back all that an account has granted us, so that it is kept where it may be
 * that of a calendar that is connected: then it simply ends unused.
 */
async function release(ctx: Context, user: UserId, { refreshToken }: Grant): Promise<void> {
  await ctx.db.write(async (tx) => {
    if ((await listAccounts(tx.sql, user)).length > 0) return;
    await giveBack(ctx, tx, { account: null, refresh_token: refreshToken });
  });
}

/**
 * The store has one hash, from which nothing of a consent follows: the verifier is made of what the browser alone holds
 * and of the state, so that a code redeems only in the browser that asked for it.
 */
function flowHash(browser: string, state: string): Uint8Array {
  return sha256(`google calendar ${browser} ${state}`);
}

function secretsOf(browser: string, state: string): ConsentSecrets {
  const verifier = sha256(`google calendar verifier ${browser} ${state}`);
  return { state, verifier: verifier.toBase64({ alphabet: "base64url", omitPadding: true }) };
}

function tooMany(): AppError {
  return new AppError("limit_exceeded", { detail: `A person has at most ${limits.calendars} calendars` });
}

/** A browser shows pages, not problem documents. */
function landed(error: string | null, cookies: { flow?: null } = {}): Answer<never> {
  return redirectTo(error === null ? landing : `${landing}?error=${error}`, cookies);
}
