import { errors, jwtVerify } from "jose";
import { z } from "zod";
import { AppError } from "./app-error.ts";
import type { Clock } from "./clock.ts";
import { sha256 } from "./ids.ts";
import { IssuerKeys } from "./issuer-keys.ts";
import type { Log } from "./log.ts";

/** An issuer as the configuration names it. */
export interface IssuerSettings {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly jwks_uri?: string | undefined;
  readonly email_domains: readonly string[];
}

/** A verified ID token (OpenID Connect Core 1.0, section 2). The account it stands for is (issuer, subject), never the e-mail. */
export interface IdToken {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | null;
  /** The issuer says that it has verified the address. */
  readonly emailVerified: boolean;
  /** And it is one whose word is enough: Google, or an issuer for its configured domains. */
  readonly emailConfirmed: boolean;
  /** What the person is called there, if it says so. */
  readonly name: string | null;
  readonly issuedMs: number;
  readonly expiresMs: number;
  /** SHA-256 of the signed part, in hexadecimal: the same token whatever its signature's spelling. */
  readonly hash: string;
}

export interface IdTokens {
  /** Throws `unauthenticated`, or `unavailable` where the issuer's keys cannot be had. */
  verify(token: string): Promise<IdToken>;
}

const google = "https://accounts.google.com";
const googleSpellings = [google, "accounts.google.com"];
const skewS = 60;
const algorithms = ["RS256", "ES256"];
const maxLength = 16_384;

const header = z.object({
  alg: z.enum(["RS256", "ES256"]),
  kid: z.string().max(1_000).optional(),
  // Extensions change how a token must be read; none is supported.
  crit: z.undefined().optional(),
  b64: z.undefined().optional(),
});
const unverified = z.object({ iss: z.string() });
const claims = z.object({
  sub: z.string().min(1).max(255),
  aud: z.union([z.string(), z.array(z.string()).min(1)]),
  azp: z.string().optional(),
  // Whole numbers only: 1e400 reads as Infinity, which would never expire.
  exp: z.int(),
  iat: z.int(),
  nbf: z.int().optional(),
  email: z.unknown().optional(),
  email_verified: z.unknown().optional(),
  name: z.unknown().optional(),
});
type Claims = z.output<typeof claims>;

interface Issuer {
  readonly name: string;
  readonly spellings: string[];
  readonly audiences: string[];
  readonly emailDomains: ReadonlySet<string>;
  readonly keys: IssuerKeys;
}

export function createIdTokens(
  settings: readonly IssuerSettings[],
  parts: { clock: Clock; log: Log },
): IdTokens {
  const issuers = new Map<string, Issuer>();
  for (const one of settings.filter(({ audiences }) => audiences.length > 0)) {
    const issuer = toIssuer(one, settings, parts);
    for (const spelling of issuer.spellings) issuers.set(spelling, issuer);
  }

  async function verify(token: string): Promise<IdToken> {
    const { kid, iss, signed } = open(token);
    const issuer = issuers.get(iss);
    if (issuer === undefined) throw refused();
    const key = await issuer.keys.holding(kid);
    const nowMs = parts.clock.now();
    const payload = await signedClaims(token, key, issuer, nowMs);
    if (!isForUs(payload, issuer) || payload.iat * 1_000 > nowMs + skewS * 1_000) throw refused();
    return toIdToken(payload, issuer, signed);
  }
  return { verify };
}

function toIssuer(
  one: IssuerSettings,
  all: readonly IssuerSettings[],
  parts: { clock: Clock; log: Log },
): Issuer {
  const name = canonical(one.issuer);
  const same = all.filter(({ issuer }) => canonical(issuer) === name);
  const jwksUri = same.find(({ jwks_uri }) => jwks_uri !== undefined)?.jwks_uri ?? null;
  return {
    name,
    spellings: name === google ? googleSpellings : [name],
    audiences: same.flatMap(({ audiences }) => audiences),
    emailDomains: new Set(same.flatMap(({ email_domains }) => email_domains)),
    keys: new IssuerKeys({ issuer: name, jwksUri }, parts.clock, parts.log),
  };
}

function canonical(issuer: string): string {
  return googleSpellings.includes(issuer) ? google : issuer;
}

const compact = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

/** Reads what is needed to find the key; nothing here is believed before the signature is checked. */
function open(token: string): { kid: string | undefined; iss: string; signed: string } {
  const match = token.length <= maxLength && !token.endsWith("\n") ? compact.exec(token) : null;
  if (match === null) throw refused();
  const [, head = "", body = "", signature = ""] = match;
  const parsedHead = header.safeParse(decode(head));
  const parsedBody = unverified.safeParse(decode(body));
  if (!parsedHead.success || !parsedBody.success || !isCanonical(signature)) throw refused();
  return { kid: parsedHead.data.kid, iss: parsedBody.data.iss, signed: `${head}.${body}` };
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  } catch {
    return undefined; // not JSON: the schema refuses it
  }
}

/** False where unused bits of the last character are set: several spellings of one signature. */
function isCanonical(part: string): boolean {
  return Buffer.from(part, "base64url").toString("base64url") === part;
}

type Key = Awaited<ReturnType<IssuerKeys["holding"]>>;

async function signedClaims(token: string, key: Key, issuer: Issuer, nowMs: number): Promise<Claims> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms,
      issuer: issuer.spellings,
      audience: issuer.audiences,
      clockTolerance: skewS,
      currentDate: new Date(nowMs),
    });
    return claims.parse(payload);
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof z.ZodError) throw refused();
    throw error;
  }
}

/** A token for several parties says who may present it (OpenID Connect Core 1.0, section 3.1.3.7). */
function isForUs({ aud, azp }: Claims, { audiences }: Issuer): boolean {
  if (azp !== undefined) return audiences.includes(azp);
  return typeof aud === "string" || aud.every((one) => audiences.includes(one));
}

function toIdToken(payload: Claims, issuer: Issuer, signed: string): IdToken {
  const email = typeof payload.email === "string" ? payload.email : null;
  const emailVerified = email !== null && payload.email_verified === true;
  return {
    issuer: issuer.name,
    subject: payload.sub,
    email,
    emailVerified,
    emailConfirmed: emailVerified && mayConfirm(issuer, email),
    name: typeof payload.name === "string" ? payload.name : null,
    issuedMs: payload.iat * 1_000,
    expiresMs: payload.exp * 1_000,
    hash: sha256(signed).toHex(),
  };
}

function mayConfirm(issuer: Issuer, email: string): boolean {
  const domain = email.slice(email.lastIndexOf("@") + 1).toLowerCase();
  return issuer.name === google || issuer.emailDomains.has(domain);
}

function refused(): AppError {
  return new AppError("unauthenticated");
}
