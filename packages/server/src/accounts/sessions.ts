import type { UserId } from "@jarvis/contract";
import { isSignedOut, type Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import type { Tx } from "../db/database.ts";
import { endDevices } from "../devices/tokens.ts";
import { deleteFeedOf } from "../feeds/secrets.ts";
import { AppError } from "../lib/app-error.ts";
import { BoundedMap } from "../lib/bounded-map.ts";
import type { IdToken } from "../lib/id-tokens.ts";
import { sha256 } from "../lib/ids.ts";
import { isIssuedTooEarly, isSessionAlive, lifetimeMs, touchMs } from "./rules.ts";
import {
  deleteExpired,
  deleteSession,
  deleteSessionsOf,
  findSession,
  findUserByIdentity,
  insertRevoked,
  insertSession,
  isRevoked,
  type SessionRow,
  updateCredentials,
  updateSessionUse,
} from "./store.ts";

const cachedAtMost = 20_000;

interface Session {
  readonly viewer: Viewer;
  readonly expires_ms: number;
  used_ms: number;
  /** When the store last learnt, or was told, that it is used. */
  touchedMs: number;
}

/** Sessions as last read, by the hash of their token. */
class SessionCache {
  readonly entries = new BoundedMap<string, Session>(cachedAtMost);
  /** Grows with every sign-out: what was read before it may no longer hold. */
  signOuts = 0;

  drop(matches: (viewer: Viewer) => boolean): void {
    this.signOuts++;
    this.entries.deleteWhere((session) => matches(session.viewer));
  }
}

const caches = new WeakMap<Context, SessionCache>();

function cacheOf(ctx: Context): SessionCache {
  return caches.get(ctx) ?? createCache(ctx);
}

function createCache(ctx: Context): SessionCache {
  const cache = new SessionCache();
  caches.set(ctx, cache);
  ctx.bus.subscribe((message) => {
    if (message.type === "bus_gap") {
      if (message.channels === null) cache.drop(() => true);
    } else if (message.type === "signed_out") {
      cache.drop((viewer) => isSignedOut(viewer, message));
    } else if (message.type === "entry" && message.kind === "profile") {
      cache.drop((viewer) => message.stream === `user:${viewer.id}`);
    }
  });
  return cache;
}

/** Changes with every sign-out: while it stays, who was signed in still is. */
export function signOutsSeen(ctx: Context): number {
  return cacheOf(ctx).signOuts;
}

const sessionToken = /^[A-Za-z0-9_-]{43}$/;

/** Whose token this is. Throws `unauthenticated`, or `no_account` for an ID token of nobody here. */
export function authenticate(ctx: Context, token: string | null): Promise<Viewer> {
  if (token === null) return Promise.reject(unauthenticated());
  if (token.includes(".")) return authenticateIdToken(ctx, token);
  return authenticateSession(ctx, token);
}

async function authenticateSession(ctx: Context, token: string): Promise<Viewer> {
  const cache = cacheOf(ctx);
  const tokenHash = Bun.SHA256.hash(token, "hex");
  const session = cache.entries.get(tokenHash) ?? (await readSession(ctx, cache, token, tokenHash));
  const now = ctx.clock.now();
  if (!isSessionAlive(session, now)) throw unauthenticated();
  if (now - session.touchedMs >= touchMs) touch(ctx, session, now);
  return session.viewer;
}

async function readSession(
  ctx: Context,
  cache: SessionCache,
  token: string,
  tokenHash: string,
): Promise<Session> {
  if (!sessionToken.test(token)) throw unauthenticated();
  const { signOuts } = cache;
  const row = await findSession(ctx.db.read, sha256(token));
  if (row === undefined) throw unauthenticated();
  const { user_id: id, username, used_ms, expires_ms } = row;
  const viewer = Object.freeze({
    id,
    username,
    session: row.id,
    tokenHash,
    identity: null,
    signedInMs: row.signed_in_ms ?? row.created_ms,
    expiresMs: expires_ms,
  });
  const session = { viewer, used_ms, expires_ms, touchedMs: used_ms };
  // A sign-out between the read and this moment would otherwise be forgotten here.
  if (cache.signOuts === signOuts) cache.entries.set(tokenHash, session);
  return session;
}

/** A connection stands for calls: the session of whoever holds one open is in use. */
export function keepInUse(ctx: Context, viewer: Viewer): void {
  if (viewer.session === null) return;
  const now = ctx.clock.now();
  const session = cacheOf(ctx).entries.get(viewer.tokenHash) ?? { viewer, used_ms: 0, touchedMs: 0 };
  if (now - session.touchedMs >= touchMs) touch(ctx, session, now);
}

/** Records the use beside the call: it does not wait, and one that fails is tried again with the next use. */
function touch(ctx: Context, session: Omit<Session, "expires_ms">, now: number): void {
  const { touchedMs } = session;
  session.touchedMs = now;
  const hash = Uint8Array.fromHex(session.viewer.tokenHash);
  ctx.db
    .write((tx) => updateSessionUse(tx.sql, hash, now))
    .then(() => {
      session.used_ms = now;
    })
    .catch((error: unknown) => {
      session.touchedMs = touchedMs;
      ctx.log.warn({ error, session: session.viewer.session }, "the use of a session was not recorded");
    });
}

async function authenticateIdToken(ctx: Context, presented: string): Promise<Viewer> {
  const token = await ctx.idTokens.verify(presented);
  const user = await findUserByIdentity(ctx.db.read, token.issuer, token.subject);
  if (await isRevoked(ctx.db.read, hashOf(token))) throw unauthenticated();
  if (user === undefined) throw new AppError("no_account");
  if (isIssuedTooEarly(token, user)) throw unauthenticated();
  const { id, username } = user;
  const { hash: tokenHash, expiresMs, issuedMs: signedInMs } = token;
  return { id, username, session: null, tokenHash, identity: identityAccessId(token), signedInMs, expiresMs };
}

/** Refuses an ID token that was signed out, alone or with everything of its account. */
export async function requireUsable(tx: Tx, token: IdToken, user: { id_tokens_from_ms: number } | undefined) {
  if (await isRevoked(tx.sql, hashOf(token))) throw unauthenticated();
  if (user !== undefined && isIssuedTooEarly(token, user)) throw unauthenticated();
}

/** What a person calls one of their identities when they revoke it; their subject there is nobody else's business. */
export function identityAccessId({ issuer, subject }: { issuer: string; subject: string }): string {
  return sha256(JSON.stringify([issuer, subject]))
    .toHex()
    .slice(0, 32);
}

/** What opened a session, where that was not a password. */
export interface SessionOrigin {
  readonly idToken?: IdToken;
  /** Access id. */
  readonly passkey?: string;
}

/** Opens a session. The token is shown once: the store has its hash alone. */
export async function createSession(
  ctx: Context,
  tx: Tx,
  user: UserId,
  { idToken, passkey }: SessionOrigin = {},
): Promise<{ token: string; expiresMs: number }> {
  const token = ctx.random.token();
  const now = ctx.clock.now();
  const expiresMs = now + lifetimeMs;
  await insertSession(tx.sql, {
    token_hash: sha256(token),
    id: ctx.random.id(),
    user_id: user,
    created_ms: now,
    used_ms: now,
    expires_ms: expiresMs,
    id_token_hash: idToken ? hashOf(idToken) : null,
    id_token_expires_ms: idToken?.expiresMs ?? null,
    // An old ID token must not become a fresh sign-in by being exchanged for a session.
    signed_in_ms: idToken ? Math.min(now, idToken.issuedMs) : now,
    opened_by: idToken ? identityAccessId(idToken) : (passkey ?? null),
  });
  return { token, expiresMs };
}

/** The presented token is dead once this resolves, together with the ID token that it came from. */
export async function signOut(ctx: Context, viewer: Viewer): Promise<void> {
  await ctx.db.write(async (tx) => {
    await revokePresented(tx, viewer);
    const presented = Uint8Array.fromHex(viewer.tokenHash);
    const ended = viewer.session === null ? undefined : await deleteSession(tx.sql, presented);
    if (ended !== undefined) await revokeOrigin(ctx, tx, ended);
    announce(ctx, tx, viewer.id, viewer.session ?? viewer.tokenHash);
  });
}

/** Every session, every ID token issued until now, every address of the calendar and every device, of this person. */
export async function signOutEverywhere(ctx: Context, viewer: Viewer): Promise<void> {
  await ctx.db.write(async (tx) => {
    await endSessions(ctx, tx, viewer.id);
    await deleteFeedOf(tx, viewer.id);
    await endDevices(ctx, tx, viewer.id);
    await revokePresented(tx, viewer);
    // A token issued in this very millisecond is one of those until now.
    await updateCredentials(tx.sql, viewer.id, { id_tokens_from_ms: ctx.clock.now() + 1 });
  });
}

/** Where an ID token was presented itself, it is refused from now on. */
export async function revokePresented(tx: Tx, viewer: Viewer): Promise<void> {
  if (viewer.session !== null) return;
  await insertRevoked(tx.sql, Uint8Array.fromHex(viewer.tokenHash), refusedUntil(viewer.expiresMs));
}

/** Ends every session of a person, with the ID tokens that opened them, in the unit that decides it. */
export async function endSessions(ctx: Context, tx: Tx, user: UserId): Promise<void> {
  for (const session of await deleteSessionsOf(tx.sql, user)) await revokeOrigin(ctx, tx, session);
  announce(ctx, tx, user, null);
}

/** Ends these sessions, which the unit has deleted, with the ID tokens that opened them. */
export async function endDeleted(ctx: Context, tx: Tx, sessions: readonly SessionRow[]): Promise<void> {
  for (const session of sessions) {
    await revokeOrigin(ctx, tx, session);
    announce(ctx, tx, session.user_id, session.id);
  }
}

/** Ends the session that a browser held until it signed in anew. What opened it may go on opening others. */
export async function endReplaced(ctx: Context, token: string): Promise<void> {
  await ctx.db.write(async (tx) => {
    const ended = await deleteSession(tx.sql, sha256(token));
    if (ended !== undefined) announce(ctx, tx, ended.user_id, ended.id);
  });
}

/** What was signed in with an identity that is no longer this person's. */
export function announceUnlinked(ctx: Context, tx: Tx, user: UserId, identity: string): void {
  announce(ctx, tx, user, identity);
}

async function revokeOrigin(ctx: Context, tx: Tx, session: SessionRow): Promise<void> {
  const { id_token_hash: hash, id_token_expires_ms: expiresMs } = session;
  if (hash === null || expiresMs === null || refusedUntil(expiresMs) <= ctx.clock.now()) return;
  await insertRevoked(tx.sql, hash, refusedUntil(expiresMs));
  announce(ctx, tx, session.user_id, hash.toHex());
}

/** A token is accepted a little beyond its expiry, because clocks differ: so long it must be remembered. */
function refusedUntil(expiresMs: number): number {
  return expiresMs + 120_000;
}

/** The cache forgets at once, before any answer leaves; sockets and other nodes hear of it over the bus. */
function announce(ctx: Context, tx: Tx, user: UserId, session: string | null): void {
  tx.onCommit(() => {
    cacheOf(ctx).drop((viewer) => isSignedOut(viewer, { user, session }));
    ctx.bus.publish({ type: "signed_out", user, session });
  });
}

/** Deletes what has expired. */
export async function purgeExpired(ctx: Context): Promise<void> {
  await ctx.db.write((tx) => deleteExpired(tx.sql, ctx.clock.now()));
}

function hashOf(token: IdToken): Uint8Array {
  return Uint8Array.fromHex(token.hash);
}

export function unauthenticated(): AppError {
  return new AppError("unauthenticated");
}
