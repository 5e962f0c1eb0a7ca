import { exportJWK, generateKeyPair, type JWK } from "jose";

type Algorithm = "RS256" | "ES256";

interface TestKey {
  readonly algorithm: Algorithm;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export interface TestIssuer extends AsyncDisposable {
  readonly url: string;
  /** How often the keys were asked for. */
  readonly keyFetches: number;
  /** Answers the question for the keys in place of the true answer; null: the true answer. */
  fault: (() => Response | Promise<Response>) | null;
  addKey(kid: string, algorithm?: Algorithm): Promise<void>;
  /** The key is no longer published; the issuer can still sign with it. */
  withdrawKey(kid: string): void;
  publicJwk(kid: string): JWK;
  /** A compact token over exactly these texts. */
  signRaw(header: string, payload: string, kid: string): Promise<string>;
  sign(claims: object, kid?: string, header?: object): Promise<string>;
}

const parameters = {
  RS256: { name: "RSASSA-PKCS1-v1_5" },
  ES256: { name: "ECDSA", hash: "SHA-256" },
} as const;

/** An OpenID Connect issuer on loopback that signs anything. */
export async function startIssuer(): Promise<TestIssuer> {
  const keys = new Map<string, TestKey>();
  const withdrawn = new Set<string>();
  let keyFetches = 0;
  const server: Bun.Server<undefined> = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    routes: {
      "/.well-known/openid-configuration": () => Response.json({ issuer: url, jwks_uri: `${url}/jwks` }),
      "/jwks": () => {
        keyFetches++;
        return issuer.fault === null ? Response.json({ keys: published() }) : issuer.fault();
      },
    },
    fetch: () => new Response(null, { status: 404 }),
  });
  const url: string = server.url.origin;

  function published(): JWK[] {
    return [...keys].filter(([kid]) => !withdrawn.has(kid)).map(([, key]) => key.jwk);
  }

  function keyOf(kid: string): TestKey {
    const key = keys.get(kid);
    if (key === undefined) throw new Error(`no key ${kid}`);
    return key;
  }

  const issuer: TestIssuer = {
    url,
    get keyFetches() {
      return keyFetches;
    },
    fault: null,
    async addKey(kid, algorithm = "ES256") {
      const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
      const jwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: "sig" };
      keys.set(kid, { algorithm, privateKey, jwk });
    },
    withdrawKey: (kid) => void withdrawn.add(kid),
    publicJwk: (kid) => keyOf(kid).jwk,
    async signRaw(header, payload, kid) {
      const { algorithm, privateKey } = keyOf(kid);
      const signed = `${encode(header)}.${encode(payload)}`;
      const bytes = new TextEncoder().encode(signed);
      const signature = await crypto.subtle.sign(parameters[algorithm], privateKey, bytes);
      return `${signed}.${Buffer.from(signature).toString("base64url")}`;
    },
    sign(claims, kid = "first", header = {}) {
      const head = { alg: keyOf(kid).algorithm, kid, ...header };
      return issuer.signRaw(JSON.stringify(head), JSON.stringify({ iss: url, ...claims }), kid);
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
  await issuer.addKey("first");
  return issuer;
}

export function encode(text: string): string {
  return Buffer.from(text).toString("base64url");
}

/** The claims of a good ID token at this moment. */
export function goodClaims(nowMs: number, more: object = {}): Record<string, unknown> {
  const now = Math.floor(nowMs / 1_000);
  const person = { sub: "subject-1", email: "ann@example.org", email_verified: true };
  return { ...person, aud: "jarvis", iat: now, exp: now + 3_600, ...more };
}
