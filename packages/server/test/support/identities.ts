import { createPasswords, type Passwords } from "../../src/lib/passwords.ts";
import { goodClaims, startIssuer, type TestIssuer } from "./issuer.ts";
import { type Answer, createWorld, type World, type WorldOptions } from "./world.ts";

/** Passwords at no cost, for tests that are not about hashing. */
export function quickPasswords(): Passwords {
  return createPasswords({
    hash: async (password) => `quick:${password}`,
    verify: async (password, hash) => hash === `quick:${password}`,
    decoy: "quick:",
  });
}

export interface SignInWorld extends World {
  /** May confirm addresses of example.org. */
  readonly issuer: TestIssuer;
  /** May confirm none. */
  readonly other: TestIssuer;
  claims(more?: object): Record<string, unknown>;
  signUp(email: string, password: string, username?: string): Promise<Answer>;
  signUpWithToken(claims: object, issuer?: TestIssuer): Promise<Answer>;
  as(token: string, method: string, path: string, body?: unknown): Promise<Answer>;
}

/** A world that accepts the ID tokens of two issuers on loopback. */
export async function createSignInWorld(options: WorldOptions = {}): Promise<SignInWorld> {
  const issuer = await startIssuer();
  const other = await startIssuer();
  const issuers = [
    { name: "main", issuer: issuer.url, audiences: ["jarvis"], email_domains: ["example.org"] },
    { name: "other", issuer: other.url, audiences: ["jarvis"] },
  ];
  const world = await createWorld({
    ...options,
    env: { JARVIS_OIDC_ISSUERS: JSON.stringify(issuers), ...options.env },
    overrides: { passwords: quickPasswords(), ...options.overrides },
  });
  const claims = (more: object = {}) => goodClaims(world.clock.now(), more);
  const extra = {
    issuer,
    other,
    claims,
    signUp: (email: string, password: string, username = "Ann") =>
      world.call("POST", "/user", { email, password, username }),
    async signUpWithToken(more: object, by = issuer) {
      const all = claims(more);
      const jwt_token = await by.sign(all);
      return world.call("POST", "/user", { email: all["email"], jwt_token, username: "Ann" });
    },
    as: (token: string, method: string, path: string, body?: unknown) =>
      world.call(method, path, body, { authorization: `Bearer ${token}` }),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]();
      await issuer[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    },
  };
  // The world's `server` changes with a restart: it is read through, not copied.
  return new Proxy(world, {
    get: (target, key) => Reflect.get(key in extra ? extra : target, key),
  }) as SignInWorld; // every member is of one or of the other
}
