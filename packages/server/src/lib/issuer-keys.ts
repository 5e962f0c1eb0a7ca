import { createLocalJWKSet, type JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { AppError } from "./app-error.ts";
import { fetchJson } from "./bounded-fetch.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";

export interface KeySource {
  readonly issuer: string;
  /** Where the keys are; null: where the issuer's discovery document says. */
  readonly jwksUri: string | null;
}

/** Keys are renewed in the background from this age on, so that a short outage of the issuer goes unnoticed … */
const renewAfterMs = 5 * 60_000;
/** … and are dropped at this age: a key that the issuer has withdrawn is refused from then on. */
const dropAfterMs = 10 * 60_000;
/** A key id that is not in the set asks the issuer again at most this often: anybody can make one up. */
const unknownKeyMs = 60_000;
/** Without any keys, an issuer that failed is left alone for this long. */
const retryMs = 10_000;

const jwkSet = z.object({
  keys: z.array(z.looseObject({ kty: z.string(), kid: z.string().optional() })).max(100),
});
const discovery = z.object({ issuer: z.string(), jwks_uri: z.string() });

interface Cached {
  readonly find: JWTVerifyGetKey;
  readonly kids: ReadonlySet<string | undefined>;
  readonly fetchedMs: number;
}

/** The public keys of one issuer: fetched when needed, cached, and shared by all who wait for them. */
export class IssuerKeys {
  readonly #source: KeySource;
  readonly #clock: Clock;
  readonly #log: Log;
  #cached: Cached | undefined;
  #fetching: Promise<void> | undefined;
  #triedMs = Number.NEGATIVE_INFINITY;
  #failed = false;

  constructor(source: KeySource, clock: Clock, log: Log) {
    this.#source = source;
    this.#clock = clock;
    this.#log = log;
  }

  /** A set that holds `kid`, as far as the issuer can be asked. Throws `unavailable` where it cannot. */
  async holding(kid: string | undefined): Promise<JWTVerifyGetKey> {
    const cached = this.#fresh();
    if (cached?.kids.has(kid)) {
      if (this.#ageMs(cached) >= renewAfterMs && this.#idleMs() >= unknownKeyMs) void this.#renew();
      return cached.find;
    }
    if (this.#fetching || this.#idleMs() >= (cached ? unknownKeyMs : retryMs)) await this.#renew();
    const known = this.#fresh();
    if (known === undefined || (this.#failed && !known.kids.has(kid))) throw unreachable();
    return known.find;
  }

  #fresh(): Cached | undefined {
    return this.#cached && this.#ageMs(this.#cached) < dropAfterMs ? this.#cached : undefined;
  }

  #ageMs(cached: Cached): number {
    return this.#clock.monotonic() - cached.fetchedMs;
  }

  #idleMs(): number {
    return this.#clock.monotonic() - this.#triedMs;
  }

  #renew(): Promise<void> {
    this.#fetching ??= this.#load().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #load(): Promise<void> {
    this.#triedMs = this.#clock.monotonic();
    const fetchedMs = this.#triedMs;
    try {
      const { keys } = jwkSet.parse(await fetchJson(await this.#location(), this.#clock));
      this.#cached = { find: createLocalJWKSet({ keys }), kids: kidsOf(keys), fetchedMs };
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      this.#log.warn({ issuer: this.#source.issuer, error }, "the keys of an issuer could not be fetched");
    }
  }

  async #location(): Promise<string> {
    const { issuer, jwksUri } = this.#source;
    if (jwksUri !== null) return jwksUri;
    const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const document = discovery.parse(await fetchJson(url, this.#clock));
    if (document.issuer !== issuer) throw new Error("the discovery document is of another issuer");
    return document.jwks_uri;
  }
}

/** A token without a `kid` fits any set: the set decides whether exactly one key can be meant. */
function kidsOf(keys: readonly { kid?: string | undefined }[]): ReadonlySet<string | undefined> {
  return new Set([undefined, ...keys.map(({ kid }) => kid)]);
}

function unreachable(): AppError {
  return new AppError("unavailable", {
    detail: "The issuer of this token cannot be reached",
    retryAfterS: 10,
  });
}
