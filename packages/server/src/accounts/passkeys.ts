import { isIP } from "node:net";
import type { BodyOf, contract, PasskeyAccess } from "@jarvis/contract";
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { z } from "zod";
import type { RequestFacts, Viewer } from "../call.ts";
import type { Context } from "../context.ts";
import { AppError } from "../lib/app-error.ts";
import { sha256 } from "../lib/ids.ts";
import {
  deleteChallenge,
  findPasskey,
  insertChallenge,
  insertPasskey,
  listPasskeys,
  type PasskeyRow,
  updatePasskeyUse,
} from "./access-store.ts";
import { requireFresh } from "./fresh.ts";
import { unauthenticated } from "./sessions.ts";
import { open, type OpenedSession } from "./sign-in.ts";
import { findUser } from "./store.ts";

type Registration = BodyOf<typeof contract.access.passkeyRegister>;
type Login = BodyOf<typeof contract.access.passkeyLogin>["credential"];

const challengeMs = 5 * 60_000;
const passkeysAtMost = 20;

/** Who a passkey is for: a browser offers it to this host and no other. */
function relyingParty({ origin }: RequestFacts): { expectedOrigin: string; expectedRPID: string } {
  const { hostname } = new URL(origin);
  if (isIP(hostname.replaceAll(/[[\]]/g, "")) !== 0) {
    throw new AppError("unsupported", { detail: "Passkeys belong to a host name, not to an address" });
  }
  return { expectedOrigin: origin, expectedRPID: hostname };
}

/** What to create a passkey with: one that needs no name to sign in, and that asks for a finger, a face or a PIN. */
export async function registrationOptions(ctx: Context, viewer: Viewer, request: RequestFacts) {
  requireFresh(ctx, viewer);
  const { expectedRPID } = relyingParty(request);
  const known = await listPasskeys(ctx.db.read, viewer.id);
  return generateRegistrationOptions({
    rpName: "Jarvis",
    rpID: expectedRPID,
    userID: userHandle(viewer.id),
    userName: viewer.username,
    userDisplayName: viewer.username,
    challenge: await challenge(ctx, boundTo(viewer)),
    timeout: challengeMs,
    attestationType: "none",
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
    excludeCredentials: known.map((row) => ({ id: row.credential_id, transports: transportsOf(row) })),
  });
}

export async function registerPasskey(
  ctx: Context,
  viewer: Viewer,
  body: Registration,
  request: RequestFacts,
): Promise<PasskeyAccess> {
  requireFresh(ctx, viewer);
  const site = relyingParty(request);
  const expectedChallenge = await takeChallenge(ctx, body.credential, boundTo(viewer));
  if (expectedChallenge === null) throw unproven();
  const {
    id: credential_id,
    publicKey: public_key,
    counter,
  } = await verifiedKey(body.credential, {
    ...site,
    expectedChallenge,
  });
  const row: PasskeyRow = {
    credential_id,
    id: ctx.random.id(),
    user_id: viewer.id,
    public_key,
    counter,
    transports: JSON.stringify(body.credential.response.transports ?? []),
    name: body.name ?? "Passkey",
    created_ms: ctx.clock.now(),
    used_ms: null,
  };
  await ctx.db.write(async (tx) => {
    if ((await findPasskey(tx.sql, credential_id)) !== undefined) throw unproven();
    const { length } = await listPasskeys(tx.sql, viewer.id);
    if (length >= passkeysAtMost) {
      throw new AppError("limit_exceeded", { detail: `An account has at most ${passkeysAtMost} passkeys` });
    }
    await insertPasskey(tx.sql, row);
  });
  return passkeyAccess(row);
}

interface Expected {
  expectedOrigin: string;
  expectedRPID: string;
  expectedChallenge: string;
}

async function verifiedKey(response: Registration["credential"], expected: Expected) {
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response,
      ...expected,
      requireUserVerification: true,
    });
    if (verified) return registrationInfo.credential;
  } catch {
    throw unproven(); // the library says by throwing what does not fit
  }
  throw unproven();
}

export function passkeyAccess({ id, name, created_ms, used_ms }: PasskeyRow): PasskeyAccess {
  return { id, kind: "passkey", name, created_ms, used_ms };
}

/** What to sign in with; it names no account, so that nobody learns which there are. */
export async function loginOptions(ctx: Context, request: RequestFacts) {
  const { expectedRPID } = relyingParty(request);
  return generateAuthenticationOptions({
    rpID: expectedRPID,
    challenge: await challenge(ctx, null),
    timeout: challengeMs,
    userVerification: "required",
  });
}

export async function loginWithPasskey(
  ctx: Context,
  response: Login,
  request: RequestFacts,
): Promise<OpenedSession> {
  const site = relyingParty(request);
  const expectedChallenge = await takeChallenge(ctx, response, null);
  const passkey = await findPasskey(ctx.db.read, response.id);
  if (expectedChallenge === null || passkey === undefined) throw unauthenticated();
  const handle = response.response.userHandle ?? null;
  if (handle !== null && !Buffer.from(handle, "base64url").equals(userHandle(passkey.user_id)))
    throw unauthenticated();
  const counter = await verifiedCounter(ctx, response, passkey, { ...site, expectedChallenge });
  return ctx.db.write(async (tx) => {
    const use = { counter, used_ms: ctx.clock.now() };
    if (!(await updatePasskeyUse(tx.sql, passkey.credential_id, use))) throw unauthenticated();
    if ((await findUser(tx.sql, passkey.user_id)) === undefined) throw unauthenticated();
    return open(ctx, tx, passkey.user_id, { passkey: passkey.id });
  });
}

async function verifiedCounter(
  ctx: Context,
  response: Login,
  passkey: PasskeyRow,
  expected: Expected,
): Promise<number> {
  const { userHandle: _, ...signed } = response.response;
  const credential = {
    id: passkey.credential_id,
    publicKey: new Uint8Array(passkey.public_key),
    counter: passkey.counter,
  };
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...response, response: signed },
      ...expected,
      credential,
      requireUserVerification: true,
    });
    if (verified) return authenticationInfo.newCounter;
  } catch (error) {
    // Its text names what did not fit, for instance a counter that has not grown: a copied key.
    const reason = error instanceof Error ? error.message.slice(0, 200) : "unknown";
    ctx.log.warn({ passkey: passkey.id, reason }, "a passkey was refused");
  }
  throw unauthenticated();
}

/** The session, or the ID token, that asks. */
function boundTo({ session, tokenHash }: Viewer): string {
  return session ?? tokenHash;
}

function userHandle(user: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(user);
}

function transportsOf({ transports }: PasskeyRow): string[] {
  return z.array(z.string()).parse(JSON.parse(transports));
}

/** New, to be used once and soon, by whom it was made for. */
async function challenge(ctx: Context, bound_to: string | null): Promise<Uint8Array<ArrayBuffer>> {
  const text = ctx.random.token();
  const expires_ms = ctx.clock.now() + challengeMs;
  await ctx.db.write((tx) => insertChallenge(tx.sql, { hash: sha256(text), bound_to, expires_ms }));
  return new Uint8Array(Buffer.from(text, "base64url"));
}

const clientData = z.object({ challenge: z.string().max(200) });

/** The challenge that was answered, if it is one that may be; it is used up, whatever becomes of the answer. */
async function takeChallenge(
  ctx: Context,
  { response }: { response: { clientDataJSON: string } },
  boundTo: string | null,
): Promise<string | null> {
  const answered = clientData.safeParse(decode(response.clientDataJSON));
  if (!answered.success) return null;
  const { challenge: text } = answered.data;
  const taken = await ctx.db.write((tx) => deleteChallenge(tx.sql, sha256(text)));
  const fits = taken !== undefined && taken.bound_to === boundTo && taken.expires_ms > ctx.clock.now();
  return fits ? text : null;
}

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return undefined; // not JSON: the schema refuses it
  }
}

function unproven(): AppError {
  const message = "does not prove itself";
  return new AppError("invalid_input", {
    detail: `credential: ${message}`,
    errors: [{ path: "credential", message }],
  });
}
