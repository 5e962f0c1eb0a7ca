import { expect, test } from "bun:test";
import { CompactEncrypt, generateKeyPair } from "jose";
import * as fc from "fast-check";
import { movedClock } from "../../test/support/clock.ts";
import { encode, goodClaims, startIssuer, type TestIssuer } from "../../test/support/issuer.ts";
import { AppError } from "./app-error.ts";
import { createIdTokens, type IdTokens } from "./id-tokens.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

async function createTrial(more: { email_domains?: string[]; jwks?: boolean } = {}) {
  const issuer = await startIssuer();
  const clock = movedClock();
  const settings = {
    issuer: issuer.url,
    audiences: ["jarvis", "jarvis-app"],
    email_domains: more.email_domains ?? [],
    jwks_uri: more.jwks === false ? undefined : `${issuer.url}/jwks`,
  };
  const tokens = createIdTokens([settings], { clock, log: silent });
  const claims = (changes: object = {}) => goodClaims(clock.now(), changes);
  return { issuer, clock, tokens, claims, [Symbol.asyncDispose]: () => issuer[Symbol.asyncDispose]() };
}

/** The error code, or "accepted". */
async function outcome(tokens: IdTokens, token: string): Promise<string> {
  try {
    await tokens.verify(token);
    return "accepted";
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

test("accepts a good token, by discovery too, and tells what it says", async () => {
  await using trial = await createTrial({ jwks: false, email_domains: ["example.org"] });
  const { issuer, tokens, claims, clock } = trial;
  const token = await issuer.sign(claims());
  expect(await tokens.verify(token)).toEqual({
    issuer: issuer.url,
    subject: "subject-1",
    email: "ann@example.org",
    emailVerified: true,
    emailConfirmed: true,
    name: null,
    issuedMs: clock.now(),
    expiresMs: clock.now() + 3_600_000,
    hash: new Bun.CryptoHasher("sha256").update(token.slice(0, token.lastIndexOf("."))).digest("hex"),
  });
});

test("case 25: refuses every wrong claim and accepts 59 seconds of skew", async () => {
  await using trial = await createTrial();
  const { issuer, tokens, claims, clock } = trial;
  await issuer.addKey("rsa", "RS256");
  const now = Math.floor(clock.now() / 1_000);
  const wrong: Record<string, object> = {
    "another audience": { aud: "other" },
    "no audience": { aud: undefined },
    "an empty list of audiences": { aud: [] },
    "a foreign azp": { aud: ["jarvis", "other"], azp: "other" },
    "several audiences without azp": { aud: ["jarvis", "other"] },
    "a foreign azp alone": { azp: "other" },
    "issuer with a slash": { iss: `${issuer.url}/` },
    "issuer over https": { iss: issuer.url.replace("http:", "https:") },
    "a look-alike issuer": { iss: issuer.url.replace("127.0.0.1", "127.0.0.l") },
    "issuers as a list": { iss: [issuer.url] },
    "expired 61 s ago": { exp: now - 61 },
    "valid in 61 s": { nbf: now + 61 },
    "issued in an hour": { iat: now + 3_600 },
    "issued in 61 s": { iat: now + 61 },
    "no sub": { sub: undefined },
    "an empty sub": { sub: "" },
    "sub of 256 characters": { sub: "x".repeat(256) },
    "sub as a number": { sub: 7 },
    "no exp": { exp: undefined },
    "no iat": { iat: undefined },
    "exp as text": { exp: `${now + 60}` },
    "exp with a fraction": { exp: now + 60.5 },
    "iat as text": { iat: `${now}` },
    "nbf as text": { nbf: `${now}` },
  };
  for (const kid of ["first", "rsa"]) {
    expect(await outcome(tokens, await issuer.sign(claims(), kid))).toBe("accepted");
    for (const [what, change] of Object.entries(wrong)) {
      expect([what, await outcome(tokens, await issuer.sign(claims(change), kid))]).toEqual([
        what,
        "unauthenticated",
      ]);
    }
  }
  const endless = JSON.stringify({ iss: issuer.url, ...claims({ exp: 0 }) }).replace(
    '"exp":0',
    '"exp":1e400',
  );
  expect(await outcome(tokens, await issuer.signRaw('{"alg":"ES256","kid":"first"}', endless, "first"))).toBe(
    "unauthenticated",
  );
  const right = [
    { exp: now - 59 },
    { nbf: now + 59 },
    { iat: now + 59 },
    { sub: "x".repeat(255) },
    { aud: ["jarvis", "other"], azp: "jarvis-app" },
    { aud: ["jarvis", "jarvis-app"] },
  ];
  for (const change of right)
    expect(await outcome(tokens, await issuer.sign(claims(change)))).toBe("accepted");
});

test("case 26: refuses every other way to sign, to write or to wrap a token", async () => {
  await using trial = await createTrial();
  const { issuer, tokens, claims } = trial;
  await issuer.addKey("rsa", "RS256");
  const payload = JSON.stringify({ iss: issuer.url, ...claims() });
  const good = await issuer.signRaw('{"alg":"RS256","kid":"rsa"}', payload, "rsa");
  expect(await outcome(tokens, good)).toBe("accepted");
  for (const [what, token] of await forgeries(issuer, payload, good)) {
    expect([what, await outcome(tokens, token)]).toEqual([what, "unauthenticated"]);
  }
});

async function forgeries(issuer: TestIssuer, payload: string, good: string): Promise<[string, string][]> {
  const [head = "", body = "", signature = ""] = good.split(".");
  const list: [string, string][] = [];
  for (const alg of [
    "none",
    "None",
    "nOnE",
    "NONE",
    "",
    "HS256",
    "HS384",
    "PS256",
    "RS384",
    "RS1",
    "EdDSA",
    "ES384",
  ]) {
    const other = encode(JSON.stringify({ alg, kid: "rsa" }));
    list.push([`alg ${alg} without signature`, `${other}.${body}.`]);
    list.push([`alg ${alg} with the RS256 signature`, `${other}.${body}.${signature}`]);
    list.push([
      `alg ${alg} signed with RS256`,
      await issuer.signRaw(JSON.stringify({ alg, kid: "rsa" }), payload, "rsa"),
    ]);
  }
  const { n = "" } = issuer.publicJwk("rsa");
  for (const secret of [n, Buffer.from(n, "base64url"), JSON.stringify(issuer.publicJwk("rsa"))]) {
    const signed = `${encode('{"alg":"HS256","kid":"rsa"}')}.${body}`;
    const mac = new Bun.CryptoHasher("sha256", secret).update(signed).digest("base64url");
    list.push(["HS256 with the public key as its secret", `${signed}.${mac}`]);
  }
  const headers: Record<string, object> = {
    "ES256 in the header, RS256 key": { alg: "ES256", kid: "rsa" },
    "RS256 in the header, ES256 key": { alg: "RS256", kid: "first" },
    crit: { alg: "RS256", kid: "rsa", crit: ["exp"] },
    "an empty crit": { alg: "RS256", kid: "rsa", crit: [] },
    "b64 false": { alg: "RS256", kid: "rsa", b64: false },
    "b64 false and crit": { alg: "RS256", kid: "rsa", b64: false, crit: ["b64"] },
    "alg as a list": { alg: ["RS256"], kid: "rsa" },
    "kid as a number": { alg: "RS256", kid: 1 },
    "no alg": { kid: "rsa" },
  };
  for (const [what, header] of Object.entries(headers)) {
    list.push([what, await issuer.signRaw(JSON.stringify(header), payload, "rsa")]);
  }
  const { publicKey } = await generateKeyPair("RSA-OAEP-256");
  const jwe = await new CompactEncrypt(new TextEncoder().encode(good))
    .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM" })
    .encrypt(publicKey);
  const general = { payload: body, signatures: [{ protected: head, signature }] };
  list.push(["JWE", jwe]);
  list.push(["JWS as general JSON", JSON.stringify(general)]);
  list.push(["JWS as flattened JSON", JSON.stringify({ payload: body, protected: head, signature })]);
  list.push(["two signatures", `${good}.${signature}`]);
  list.push(["an empty signature", `${head}.${body}.`]);
  list.push(["no signature", `${head}.${body}`]);
  list.push(["a detached payload", `${head}..${signature}`]);
  for (const tail of ["\n", "\r\n", " ", "=", "==", "A", "AAAA", "%00", "\0"]) {
    list.push([`a signature with ${JSON.stringify(tail)} behind`, good + tail]);
  }
  list.push(["a signature cut short", good.slice(0, -4)]);
  list.push(["a signature of zeros", `${head}.${body}.${encode("\0".repeat(256))}`]);
  list.push(["an unused bit set in the signature", `${head}.${body}.${withUnusedBit(signature)}`]);
  list.push(["another payload", `${head}.${encode(payload.replace("subject-1", "subject-2"))}.${signature}`]);
  list.push([
    "a payload that is no object",
    await issuer.signRaw('{"alg":"RS256","kid":"rsa"}', "[]", "rsa"),
  ]);
  list.push(["a payload that is no JSON", await issuer.signRaw('{"alg":"RS256","kid":"rsa"}', "{", "rsa")]);
  list.push(["more than 16 KiB", await issuer.sign({ ...JSON.parse(payload), pad: "x".repeat(17_000) })]);
  return list;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Another spelling of the same bytes: 256 bytes leave four bits of the last character unused. */
function withUnusedBit(signature: string): string {
  return signature.slice(0, -1) + alphabet[alphabet.indexOf(signature.slice(-1)) + 1];
}

test("case 26: refuses any token with a character changed", async () => {
  await using trial = await createTrial();
  const good = await trial.issuer.sign(trial.claims());
  const change = fc.tuple(fc.nat(good.length - 1), fc.string({ minLength: 1, maxLength: 2 }));
  await fc.assert(
    fc.asyncProperty(change, async ([at, text]) => {
      const changed = good.slice(0, at) + text + good.slice(at + 1);
      fc.pre(changed !== good);
      expect(await outcome(trial.tokens, changed)).toBe("unauthenticated");
    }),
    { numRuns: 300 },
  );
});

test("case 27: never fetches or uses what a token's header points to", async () => {
  await using trial = await createTrial();
  await using attacker = await startIssuer();
  let hits = 0;
  attacker.fault = () => {
    hits++;
    return Response.json({ keys: [attacker.publicJwk("first")] });
  };
  const { issuer, tokens, claims } = trial;
  const url = `${attacker.url}/jwks`;
  const headers = [
    { jku: url },
    { x5u: url },
    { jku: url, kid: "attacker" },
    { jwk: attacker.publicJwk("first") },
    { jwk: attacker.publicJwk("first"), kid: undefined },
    { x5c: ["MIIB"] },
    { kid: url },
    { kid: "../../../../etc/passwd" },
    { kid: "file:///etc/passwd" },
    { kid: "first' or '1'='1" },
    { kid: "x".repeat(10_000) },
    { kid: "__proto__" },
    { kid: "" },
  ];
  for (const header of headers) {
    const token = await attacker.sign({ ...claims(), iss: issuer.url }, "first", header);
    expect([header, await outcome(tokens, token)]).toEqual([header, "unauthenticated"]);
  }
  expect(hits).toBe(0);
});

test("case 28: takes a rotated key with one fetch and refuses a withdrawn one after ten minutes", async () => {
  await using trial = await createTrial();
  const { issuer, tokens, claims, clock } = trial;
  expect(await outcome(tokens, await issuer.sign(claims()))).toBe("accepted");
  clock.advance(61_000);
  await issuer.addKey("second");
  expect(await outcome(tokens, await issuer.sign(claims(), "second"))).toBe("accepted");
  expect(issuer.keyFetches).toBe(2);
  issuer.withdrawKey("first");
  clock.advance(10 * 60_000);
  expect(await outcome(tokens, await issuer.sign(claims(), "first"))).toBe("unauthenticated");
  expect(await outcome(tokens, await issuer.sign(claims(), "second"))).toBe("accepted");
});

test("case 28: renews keys in the background, so that an outage of some minutes goes unnoticed", async () => {
  await using trial = await createTrial();
  const { issuer, tokens, claims, clock } = trial;
  const accepted = async () => expect(await outcome(tokens, await issuer.sign(claims()))).toBe("accepted");
  await accepted();
  clock.advance(5 * 60_000);
  const asked = Promise.withResolvers<void>();
  issuer.fault = () => {
    asked.resolve();
    return Response.json({ keys: [issuer.publicJwk("first")] });
  };
  await accepted();
  await asked.promise;
  // A call with an unknown key waits for the fetch that is under way.
  await outcome(tokens, await issuer.sign(claims(), "first", { kid: "made-up" }));
  expect(issuer.keyFetches).toBe(2);
  issuer.fault = () => new Response(null, { status: 500 });
  for (let minute = 0; minute < 9; minute++) {
    clock.advance(60_000);
    await accepted();
  }
});

const faults: Record<string, () => Response | Promise<Response>> = {
  "a server error": () => new Response(null, { status: 500 }),
  "no JSON": () => new Response("<html>"),
  "JSON of another kind": () => Response.json({ keys: "none" }),
  "keys and 50 MB of blanks": () => new Response(endless()),
  "a redirect inside": () => Response.redirect("http://169.254.169.254/latest/meta-data"),
};

/** Ends at 50 MB, or as soon as nobody reads on. */
function endless(): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"keys":[]}'));
    },
    pull(controller) {
      controller.enqueue(new Uint8Array(16_384).fill(0x20));
      sent += 16_384;
      if (sent > 50_000_000) controller.close();
    },
  });
}

for (const [what, fault] of Object.entries(faults)) {
  test(`case 29: an issuer that answers with ${what} makes its unknown keys unavailable, not its known ones`, async () => {
    await using trial = await createTrial();
    const { issuer, tokens, claims, clock } = trial;
    expect(await outcome(tokens, await issuer.sign(claims()))).toBe("accepted");
    issuer.fault = fault;
    clock.advance(61_000);
    const unknown = await issuer.sign(claims(), "first", { kid: "made-up" });
    expect(await outcome(tokens, unknown)).toBe("unavailable");
    expect(await outcome(tokens, await issuer.sign(claims()))).toBe("accepted");
    expect(issuer.keyFetches).toBe(2);
    clock.advance(10 * 60_000);
    expect(await outcome(tokens, await issuer.sign(claims()))).toBe("unavailable");
  });
}

test("case 29: a redirect to other keys is not followed", async () => {
  await using trial = await createTrial();
  await using attacker = await startIssuer();
  const { issuer, tokens, claims } = trial;
  issuer.fault = () => Response.redirect(`${attacker.url}/jwks`);
  expect(await outcome(tokens, await attacker.sign({ ...claims(), iss: issuer.url }))).toBe("unavailable");
  expect(attacker.keyFetches).toBe(0);
});

test("case 29: a thousand made-up key ids cost one fetch, and none delays a known key", async () => {
  await using trial = await createTrial();
  const { issuer, tokens, claims, clock } = trial;
  const known = await issuer.sign(claims());
  expect(await outcome(tokens, known)).toBe("accepted");
  clock.advance(61_000);
  const answer = Promise.withResolvers<Response>();
  issuer.fault = () => answer.promise;
  const strangers = Array.from({ length: 1_000 }, async (_, i) =>
    outcome(tokens, await issuer.sign(claims(), "first", { kid: `made-up-${i}` })),
  );
  expect(await outcome(tokens, known)).toBe("accepted");
  answer.resolve(Response.json({ keys: [issuer.publicJwk("first")] }));
  expect(new Set(await Promise.all(strangers))).toEqual(new Set(["unauthenticated"]));
  clock.advance(59_999);
  expect(await outcome(tokens, await issuer.sign(claims(), "first", { kid: "late" }))).toBe(
    "unauthenticated",
  );
  expect(issuer.keyFetches).toBe(2);
});

test("case 29: an issuer that does not answer is given up after three seconds", async () => {
  await using trial = await createTrial();
  const { issuer, tokens, claims, clock } = trial;
  const asked = Promise.withResolvers<void>();
  issuer.fault = () => {
    asked.resolve();
    return new Promise(() => {});
  };
  const waiting = outcome(tokens, await issuer.sign(claims()));
  await asked.promise;
  clock.advance(2_999);
  expect(await Promise.race([waiting, Promise.resolve("still waiting")])).toBe("still waiting");
  clock.advance(1);
  expect(await waiting).toBe("unavailable");
  expect(await outcome(tokens, await issuer.sign(claims()))).toBe("unavailable");
  expect(issuer.keyFetches).toBe(1);
});

test("an issuer without audiences is off, and another issuer's outage does not matter", async () => {
  await using down = await startIssuer();
  await using up = await startIssuer();
  down.fault = () => new Response(null, { status: 503 });
  const clock = movedClock();
  const of = (issuer: TestIssuer, audiences: string[]) => ({
    issuer: issuer.url,
    audiences,
    email_domains: [],
  });
  const tokens = createIdTokens([of(down, ["jarvis"]), of(up, ["jarvis"])], { clock, log: silent });
  expect(await outcome(tokens, await down.sign(goodClaims(clock.now())))).toBe("unavailable");
  expect(await outcome(tokens, await up.sign(goodClaims(clock.now())))).toBe("accepted");
  const off = createIdTokens([of(up, [])], { clock, log: silent });
  expect(await outcome(off, await up.sign(goodClaims(clock.now())))).toBe("unauthenticated");
});

test("Google's two spellings are one issuer, and its word confirms any address", async () => {
  await using issuer = await startIssuer();
  const clock = movedClock();
  const google = { issuer: "https://accounts.google.com", jwks_uri: `${issuer.url}/jwks` };
  const tokens = createIdTokens([{ ...google, audiences: ["jarvis"], email_domains: [] }], {
    clock,
    log: silent,
  });
  for (const iss of ["https://accounts.google.com", "accounts.google.com"]) {
    const verified = await tokens.verify(await issuer.sign(goodClaims(clock.now(), { iss })));
    expect(verified).toMatchObject({ issuer: "https://accounts.google.com", emailConfirmed: true });
  }
  const unverified = await issuer.sign(
    goodClaims(clock.now(), { iss: google.issuer, email_verified: false }),
  );
  expect(await tokens.verify(unverified)).toMatchObject({ emailVerified: false, emailConfirmed: false });
});

test("only true counts as verified, and only in the issuer's own domains as confirmed", async () => {
  await using trial = await createTrial({ email_domains: ["example.org"] });
  const { issuer, tokens, claims } = trial;
  const said = async (change: object) => {
    const { emailVerified, emailConfirmed } = await tokens.verify(await issuer.sign(claims(change)));
    return [emailVerified, emailConfirmed];
  };
  expect(await said({})).toEqual([true, true]);
  expect(await said({ email: "ann@EXAMPLE.org" })).toEqual([true, true]);
  for (const email of [
    "ann@other.org",
    "ann@sub.example.org",
    "ann@example.org.evil",
    "example.org@evil.org",
  ]) {
    expect(await said({ email })).toEqual([true, false]);
  }
  for (const email_verified of [false, "true", 1, null, undefined]) {
    expect(await said({ email_verified })).toEqual([false, false]);
  }
  expect(await said({ email: undefined })).toEqual([false, false]);
});

test("a discovery document of another issuer is not believed", async () => {
  await using other = await startIssuer();
  using proxy = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => Response.json({ issuer: other.url, jwks_uri: `${other.url}/jwks` }),
  });
  const clock = movedClock();
  const settings = [{ issuer: proxy.url.origin, audiences: ["jarvis"], email_domains: [] }];
  const tokens = createIdTokens(settings, { clock, log: silent });
  const token = await other.sign(goodClaims(clock.now(), { iss: proxy.url.origin }));
  expect(await outcome(tokens, token)).toBe("unavailable");
  expect(other.keyFetches).toBe(0);
});
