import { type BodyOf, type contract, emailKey, type UserId, userStream } from "@jarvis/contract";
import type { Context } from "../context.ts";
import type { Sql, Tx } from "../db/database.ts";
import { claimInvitations } from "../events/service.ts";
import { AppError } from "../lib/app-error.ts";
import type { IdToken } from "../lib/id-tokens.ts";
import type { RateKey } from "../lib/rates.ts";
import { append, createStream } from "../streams/service.ts";
import { requireUncommon } from "./new-password.ts";
import { claimAddress, usableHash, usernameKey } from "./rules.ts";
import { createSession, requireUsable, type SessionOrigin, unauthenticated } from "./sessions.ts";
import {
  findUser,
  findUserByEmail,
  findUserByIdentity,
  insertIdentity,
  insertUser,
  isInvited,
  type UserRow,
  updateUser,
} from "./store.ts";

type SignUpBody = BodyOf<typeof contract.accounts.createUser>;
type PasswordSignUp = Extract<SignUpBody, { password: string }>;
type TokenSignUp = Extract<SignUpBody, { jwt_token: string }>;

/** A session that has just been opened: here alone its token is in plain. */
export interface OpenedSession {
  readonly id: UserId;
  readonly token: string;
  readonly expires_ms: number;
}

/** Where a sign-up comes from; it bounds how many addresses one can ask about. */
interface Origin {
  readonly address: string;
}

export interface SignUpResult {
  readonly signedIn: OpenedSession;
  /** The identity had its account already. */
  readonly repeat: boolean;
}

export function signUp(ctx: Context, body: SignUpBody, origin: Origin): Promise<SignUpResult> {
  return "jwt_token" in body ? signUpWithToken(ctx, body, origin) : signUpWithPassword(ctx, body, origin);
}

async function signUpWithPassword(ctx: Context, body: PasswordSignUp, origin: Origin): Promise<SignUpResult> {
  if (!ctx.config.localAccounts) throw closed("This server has no accounts with a password");
  // Before the address is looked up, so that this tells nothing of it.
  await requireUncommon(body.password, "password");
  // Asked first and of everybody: an exhausted allowance must not tell held addresses from free ones.
  await ctx.rates.check("emailTaken", () => rateKey(origin));
  const key = emailKey(body.email);
  return (
    (await reopen(ctx, key, body.password, origin)) ??
    (await createLocal(ctx, key, body)) ??
    (await reopen(ctx, key, body.password, origin)) ??
    unavailable()
  );
}

/** The address is held: with its password this is the same identity again. */
async function reopen(
  ctx: Context,
  key: string,
  password: string,
  origin: Origin,
): Promise<SignUpResult | undefined> {
  const holder = await findUserByEmail(ctx.db.read, key);
  if (holder === undefined) return undefined;
  const signedIn = await openWithPassword(ctx, holder, password);
  return signedIn ? { signedIn, repeat: true } : refuseTaken(ctx, origin);
}

/** Undefined when somebody took the address while the password was hashed. */
async function createLocal(
  ctx: Context,
  key: string,
  body: PasswordSignUp,
): Promise<SignUpResult | undefined> {
  await requireOpen(ctx, ctx.db.read, key);
  const password_hash = await ctx.passwords.hash(body.password);
  return ctx.db.write(async (tx) => {
    await requireOpen(ctx, tx.sql, key);
    if ((await findUserByEmail(tx.sql, key)) !== undefined) return undefined;
    const account = { username: body.username, email: body.email, confirmed: false, password_hash };
    const user = await createAccount(ctx, tx, account);
    return { signedIn: await open(ctx, tx, user), repeat: false };
  });
}

async function signUpWithToken(ctx: Context, body: TokenSignUp, origin: Origin): Promise<SignUpResult> {
  const token = await ctx.idTokens.verify(body.jwt_token);
  if (!token.emailVerified || token.email === null || emailKey(token.email) !== emailKey(body.email)) {
    const message = "must be the verified e-mail of the token";
    throw new AppError("invalid_input", {
      detail: `email: ${message}`,
      errors: [{ path: "email", message }],
    });
  }
  return enterWithVerified(ctx, token, { email: body.email, username: body.username }, origin);
}

/** Opens the account of a verified identity, or makes one with this address and name. */
export async function enterWithVerified(
  ctx: Context,
  token: IdToken,
  wanted: Wanted,
  origin: Origin,
): Promise<SignUpResult> {
  const result = await ctx.db.write((tx) => enterWithToken(ctx, tx, token, wanted));
  return result === "taken" ? refuseTaken(ctx, origin) : result;
}

interface Wanted {
  /** Verified by the issuer; null: no account can be made. */
  readonly email: string | null;
  readonly username: string;
}

async function enterWithToken(
  ctx: Context,
  tx: Tx,
  token: IdToken,
  { email, username }: Wanted,
): Promise<SignUpResult | "taken"> {
  const known = await findUserByIdentity(tx.sql, token.issuer, token.subject);
  await requireUsable(tx, token, known);
  if (known !== undefined) {
    await confirmIfProven(ctx, tx, token, known);
    return { signedIn: await open(ctx, tx, known.id, { idToken: token }), repeat: true };
  }
  if (email === null) throw new AppError("no_account");
  await requireOpen(ctx, tx.sql, emailKey(email));
  const holder = await findUserByEmail(tx.sql, emailKey(email));
  const claim = claimAddress(holder, token.emailConfirmed);
  if (claim === "taken") return "taken";
  if (holder !== undefined) await releaseAddress(ctx, tx, holder.id);
  const account = { username, email, confirmed: token.emailConfirmed, password_hash: null };
  const user = await createAccount(ctx, tx, account);
  const { issuer, subject } = token;
  await insertIdentity(tx.sql, { issuer, subject, user_id: user, created_ms: ctx.clock.now() });
  return { signedIn: await open(ctx, tx, user, { idToken: token }), repeat: false };
}

/** The address that an account holds without proof, when the issuer of one of its identities vouches for it. */
export async function confirmIfProven(ctx: Context, tx: Tx, token: IdToken, user: UserRow): Promise<void> {
  if (token.email === null || !token.emailConfirmed || user.email_confirmed === 1) return;
  const key = emailKey(token.email);
  if (user.email_key === key) await confirm(ctx, tx, user.id, key);
}

/** The account that held the address without proof keeps everything else. */
async function releaseAddress(ctx: Context, tx: Tx, holder: UserId): Promise<void> {
  const version = await updateUser(tx.sql, holder, { email: null, email_key: null, email_confirmed: 0 });
  await append(ctx, tx, userStream(holder), "profile", { version });
}

/** From now on the address is this account's, and so are the invitations that were sent to it. */
export async function confirm(ctx: Context, tx: Tx, user: UserId, key: string): Promise<void> {
  const version = await updateUser(tx.sql, user, { email_confirmed: 1 });
  await append(ctx, tx, userStream(user), "profile", { version });
  await claimInvitations(ctx, tx, user, key);
}

type Credentials = BodyOf<typeof contract.accounts.login>;

/** A password opens the account that holds the address; an ID token the one of its identity, whatever the address. */
export function login(ctx: Context, body: Credentials): Promise<OpenedSession> {
  return "jwt_token" in body
    ? loginWithToken(ctx, body.jwt_token)
    : loginWithPassword(ctx, body.email, body.password);
}

async function loginWithToken(ctx: Context, presented: string): Promise<OpenedSession> {
  const token = await ctx.idTokens.verify(presented);
  return ctx.db.write(async (tx) => {
    const user = await findUserByIdentity(tx.sql, token.issuer, token.subject);
    await requireUsable(tx, token, user);
    if (user === undefined) throw new AppError("no_account");
    return open(ctx, tx, user.id, { idToken: token });
  });
}

async function loginWithPassword(ctx: Context, email: string, password: string): Promise<OpenedSession> {
  if (!ctx.config.localAccounts) throw unauthenticated();
  const user = await findUserByEmail(ctx.db.read, emailKey(email));
  const signedIn = await openWithPassword(ctx, user, password);
  if (signedIn === undefined) throw unauthenticated();
  return signedIn;
}

/** Undefined for a wrong or expired password and, in the same time, for an account without one or no account at all. */
async function openWithPassword(
  ctx: Context,
  user: UserRow | undefined,
  password: string,
): Promise<OpenedSession | undefined> {
  const hash = user === undefined ? null : usableHash(user, ctx.clock.now());
  if (!(await ctx.passwords.verify(password, hash)) || user === undefined) return undefined;
  return ctx.db.write(async (tx) => {
    const now = await findUser(tx.sql, user.id);
    // The password may have been changed while the old one was compared.
    return now?.password_hash === hash ? open(ctx, tx, user.id) : undefined;
  });
}

export async function open(ctx: Context, tx: Tx, user: UserId, from?: SessionOrigin): Promise<OpenedSession> {
  const { token, expiresMs } = await createSession(ctx, tx, user, from);
  return { id: user, token, expires_ms: expiresMs };
}

interface NewAccount {
  username: string;
  email: string;
  confirmed: boolean;
  password_hash: string | null;
}

async function createAccount(ctx: Context, tx: Tx, account: NewAccount): Promise<UserId> {
  const { username, email, confirmed, password_hash } = account;
  const id = ctx.random.id() as UserId; // the id of the person who comes into being here
  const key = emailKey(email);
  await insertUser(tx.sql, {
    id,
    username,
    username_key: usernameKey(username),
    email,
    email_key: key,
    email_confirmed: confirmed ? 1 : 0,
    password_hash,
    password_expires_ms: null,
    time_zone: "UTC",
    locale: "en",
    findable: 1,
    findable_by_email: 0,
    busy_for: "nobody",
    invites_from: "everyone",
    show_online: 1,
    id_tokens_from_ms: 0,
    version: 1,
    created_ms: ctx.clock.now(),
  });
  await createStream(tx, userStream(id));
  if (confirmed) await claimInvitations(ctx, tx, id, key);
  return id;
}

/** Under `invite` an address that an event waits for may sign up, proven or not: the invitation reaches it once it is confirmed. */
async function requireOpen(ctx: Context, sql: Sql, key: string): Promise<void> {
  const { signup } = ctx.config;
  if (signup === "closed") throw closed("This server takes no new accounts");
  if (signup === "invite" && !(await isInvited(sql, key)))
    throw closed("Only people who were invited may sign up");
}

function closed(detail: string): AppError {
  return new AppError("forbidden", { detail });
}

/** The one answer that tells whether an address has an account; so it is given a few times an hour only. */
async function refuseTaken(ctx: Context, origin: Origin): Promise<never> {
  await ctx.rates.consume("emailTaken", () => rateKey(origin));
  throw new AppError("email_taken");
}

function rateKey({ address }: Origin): RateKey {
  return { user: address, address };
}

function unavailable(): never {
  throw new AppError("unavailable", { detail: "The address is just being registered", retryAfterS: 1 });
}
