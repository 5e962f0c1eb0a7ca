import { describe, expect, test } from "bun:test";
import { contract, type Endpoint } from "@jarvis/contract";
import { OAuth2Server } from "oauth2-mock-server";
import { confirmEmail, resetPassword } from "../src/accounts/service.ts";
import { createPasswords } from "../src/lib/passwords.ts";
import { createSignInWorld, quickPasswords, type SignInWorld } from "./support/identities.ts";
import { encode, goodClaims } from "./support/issuer.ts";
import { createWorld, type World } from "./support/world.ts";

async function countRows(world: World): Promise<{ users: number; sessions: number }> {
  const { read } = world.server.ctx.db;
  const users = await read.selectFrom("user").select("id").execute();
  const sessions = await read.selectFrom("session").select("id").execute();
  return { users: users.length, sessions: sessions.length };
}

test("creates an account from e-mail, username and a token of a real issuer", async () => {
  const server = new OAuth2Server();
  await server.issuer.keys.generate("RS256");
  await server.start(0, "127.0.0.1");
  const { url: issuer = "" } = server.issuer;
  const issuers = JSON.stringify([{ name: "local", issuer, audiences: ["jarvis"] }]);
  await using world = await createWorld({ env: { JARVIS_OIDC_ISSUERS: issuers } });
  const jwt_token = await server.issuer.buildToken({
    scopesOrTransform: (_, payload) =>
      void Object.assign(payload, goodClaims(world.clock.now()), { nbf: undefined }),
  });
  const body = { email: "Ann@Example.org", jwt_token, username: "Ann" };
  const created = await world.call("POST", "/user", body);
  expect([created.status, Object.keys(created.response)]).toEqual([201, ["id", "token", "expires_ms"]]);
  const again = await world.call("POST", "/user", body);
  expect([again.status, again.response.id]).toEqual([200, created.response.id]);
  expect(again.response.token).not.toBe(created.response.token);
  for (const token of [created.response.token, again.response.token, jwt_token]) {
    const self = await world.call("GET", `/user/${created.response.id}`, undefined, {
      authorization: `Bearer ${token}`,
    });
    expect([self.status, self.response.username, self.response.email]).toEqual([
      200,
      "Ann",
      "Ann@Example.org",
    ]);
  }
  await server.stop();
});

test("case 25, case 26, case 27: a forged token opens nothing: 401, no session, no account", async () => {
  await using world = await createSignInWorld();
  const { issuer, other } = world;
  const body = JSON.stringify({ iss: issuer.url, ...world.claims() });
  const forged = [
    `${encode('{"alg":"none"}')}.${encode(body)}.`,
    await other.signRaw(JSON.stringify({ alg: "ES256", kid: "first" }), body, "first"),
    await other.signRaw(
      JSON.stringify({ alg: "ES256", kid: "first", jku: `${other.url}/jwks` }),
      body,
      "first",
    ),
    await other.signRaw(JSON.stringify({ alg: "ES256", jwk: other.publicJwk("first") }), body, "first"),
    await issuer.sign(world.claims({ aud: "another application" })),
    await issuer.sign(world.claims({ exp: 1 })),
    "not.a.token",
    "...",
  ];
  for (const jwt_token of forged) {
    const credentials = { email: "ann@example.org", jwt_token, username: "Ann" };
    expect((await world.call("POST", "/user", credentials)).body["code"]).toBe("unauthenticated");
    expect((await world.call("POST", "/login", credentials)).body["code"]).toBe("unauthenticated");
    expect((await world.as(jwt_token, "GET", "/user?q=ann")).body["code"]).toBe("unauthenticated");
  }
  expect(await countRows(world)).toEqual({ users: 0, sessions: 0 });
});

test("case 31, R7: the account is the issuer's subject, never the e-mail", async () => {
  await using world = await createSignInWorld();
  const first = await world.signUpWithToken({});
  expect(first.status).toBe(201);
  const login = async (claims: object, issuer = world.issuer) => {
    const jwt_token = await issuer.sign(world.claims(claims));
    return world.call("POST", "/login", { email: "ann@example.org", jwt_token });
  };
  for (const answer of [await login({ sub: "subject-2" }), await login({}, world.other)]) {
    expect([answer.status, answer.body["code"]]).toEqual([401, "no_account"]);
  }
  const second = await world.signUpWithToken({ sub: "subject-2" });
  const elsewhere = await world.signUpWithToken({}, world.other);
  for (const answer of [second, elsewhere])
    expect([answer.status, answer.body["code"]]).toEqual([409, "email_taken"]);
  for (const email_verified of [false, "true", 1, null, undefined]) {
    const answer = await world.signUpWithToken({
      sub: "subject-3",
      email_verified,
      email: "new@example.org",
    });
    expect([answer.status, answer.body["code"]]).toEqual([400, "invalid_input"]);
  }
  const moved = { email: "ann-moved@example.org" };
  expect((await world.signUpWithToken(moved)).response.id).toBe(first.response.id);
  expect((await login(moved)).response.id).toBe(first.response.id);
  expect((await login({ email_verified: false })).response.id).toBe(first.response.id);
  const otherAddress = {
    email: "ben@example.org",
    jwt_token: await world.issuer.sign(world.claims({ sub: "s4" })),
    username: "B",
  };
  expect((await world.call("POST", "/user", otherAddress)).body["code"]).toBe("invalid_input");
  expect((await countRows(world)).users).toBe(1);
});

describe("case 31: an address that nobody has confirmed", () => {
  const email = "ann@example.org";

  test("is released to the first identity that proves it, which starts with an account of its own", async () => {
    await using world = await createSignInWorld();
    const squatter = (await world.signUp(email, "squatting here")).response;
    const prover = await world.signUpWithToken({ email: email.toUpperCase() });
    expect(prover.status).toBe(201);
    expect(prover.response.id).not.toBe(squatter.id);
    const self = async ({ id, token }: { id: string; token: string }) =>
      (await world.as(token, "GET", `/user/${id}`)).response;
    expect(await self(squatter)).toMatchObject({ email: null, email_confirmed: false });
    expect(await self(prover.response)).toMatchObject({ email: email.toUpperCase(), email_confirmed: true });
    expect((await world.call("POST", "/login", { email, password: "squatting here" })).status).toBe(401);
    expect((await world.signUp(email, "squatting here")).body["code"]).toBe("email_taken");
  });

  test("stays where it is against an issuer that may not confirm it", async () => {
    await using world = await createSignInWorld();
    await world.signUp(email, "mine for now");
    expect((await world.signUpWithToken({}, world.other)).body["code"]).toBe("email_taken");
    expect((await world.signUpWithToken({ email: "ann@elsewhere.org" }, world.other)).status).toBe(201);
    expect((await world.signUpWithToken({ email: "ann@elsewhere.org", sub: "x" })).body["code"]).toBe(
      "email_taken",
    );
  });

  test("brings no invitation; a proof or the operator's word does", async () => {
    await using world = await createSignInWorld();
    const host = await world.person("host");
    const invited = { name: "Picnic", duration: 3_600, people: [email, "ben@elsewhere.org"] };
    const event = (await host.call("POST", "/event", invited)).response.id as string;
    const eventsOf = async ({ id, token }: { id: string; token: string }) =>
      (await world.as(token, "GET", `/user/${id}/events`)).response.map(
        ({ id }: { id: string }) => id,
      ) as string[];
    const squatter = (await world.signUp(email, "squatting here")).response;
    expect(await eventsOf(squatter)).toEqual([]);
    const prover = (await world.signUpWithToken({})).response;
    expect(await eventsOf(prover)).toEqual([event]);
    expect(await eventsOf(squatter)).toEqual([]);
    const ben = (await world.signUp("ben@elsewhere.org", "waiting to be known", "Ben")).response;
    expect(await eventsOf(ben)).toEqual([]);
    expect(await confirmEmail(world.server.ctx, "BEN@elsewhere.org")).toBe(ben.id);
    expect(await eventsOf(ben)).toEqual([event]);
    expect(await confirmEmail(world.server.ctx, "nobody@elsewhere.org").catch(String)).toBe(
      "AppError: not_found",
    );
  });
});

describe("a local account", () => {
  test("is made once, opened by its password, and refuses another one", async () => {
    await using world = await createSignInWorld();
    const created = await world.signUp("ann@example.org", "correct horse");
    expect([created.status, Object.keys(created.response)]).toEqual([201, ["id", "token", "expires_ms"]]);
    const again = await world.signUp("ANN@example.org", "correct horse");
    expect([again.status, again.response.id]).toEqual([200, created.response.id]);
    const other = await world.signUp("ann@example.org", "wrong horse");
    expect([other.status, other.body["code"]]).toEqual([409, "email_taken"]);
    const login = (email: string, password: string) => world.call("POST", "/login", { email, password });
    const right = await login("Ann@Example.ORG", "correct horse");
    expect([right.status, right.response.id]).toEqual([200, created.response.id]);
    const wrong = await login("ann@example.org", "wrong horse");
    const unknown = await login("nobody@example.org", "correct horse");
    const withoutId = ({ status, body }: typeof wrong) => ({ status, ...body, request_id: "" });
    expect(withoutId(wrong)).toEqual(withoutId(unknown));
    expect(wrong.status).toBe(401);
  });

  test("one address, many sign-ups at once: one account", async () => {
    await using world = await createSignInWorld();
    const same = await Promise.all(
      Array.from({ length: 10 }, () => world.signUp("a@example.org", "same password")),
    );
    expect(same.map(({ status }) => status).toSorted()).toEqual([
      ...Array.from({ length: 9 }, () => 200),
      201,
    ]);
    expect(new Set(same.map(({ response }) => response.id)).size).toBe(1);
    const rivals = await Promise.all(
      Array.from({ length: 10 }, (_, i) => world.signUp("b@example.org", `password ${i}`)),
    );
    expect(rivals.map(({ status }) => status).toSorted()).toEqual([
      201,
      ...Array.from({ length: 9 }, () => 409),
    ]);
    const claims = { email: "c@example.org", sub: "c" };
    const tokens = await Promise.all(Array.from({ length: 10 }, () => world.signUpWithToken(claims)));
    expect(tokens.map(({ status }) => status).toSorted()).toEqual([
      ...Array.from({ length: 9 }, () => 200),
      201,
    ]);
    expect((await countRows(world)).users).toBe(3);
  });

  test("tells at most five times an hour that an address is taken, and not afterwards by other answers", async () => {
    await using world = await createSignInWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
    await world.signUp("ann@example.org", "correct horse");
    for (let i = 0; i < 5; i++)
      expect((await world.signUp("ann@example.org", `guess ${i} at it`)).status).toBe(409);
    const held = await world.signUp("ann@example.org", "guess at it again");
    const free = await world.signUp("free@example.org", "guess at it again");
    const right = await world.signUp("ann@example.org", "correct horse");
    for (const { status, body } of [held, free, right])
      expect([status, body["code"]]).toEqual([429, "too_many_requests"]);
    expect(Number(held.headers.get("retry-after"))).toBeGreaterThan(3_000);
    expect(
      (await world.call("POST", "/login", { email: "ann@example.org", password: "correct horse" })).status,
    ).toBe(200);
  });

  test("is compared with exactly one hash, whether the address is known or not", async () => {
    const compared: string[] = [];
    const passwords = createPasswords({
      hash: async (password) => `hash of ${password}`,
      verify: async (password, hash) => compared.push(hash) > 0 && hash === `hash of ${password}`,
      decoy: "decoy",
    });
    await using world = await createSignInWorld({ overrides: { passwords } });
    await world.signUp("ann@example.org", "correct horse");
    await world.signUpWithToken({ email: "tokens-only@example.org", sub: "tokens" });
    for (const email of ["ann@example.org", "unknown@example.org", "tokens-only@example.org"]) {
      expect((await world.call("POST", "/login", { email, password: "a wrong guess" })).status).toBe(401);
    }
    expect(compared).toEqual(["hash of correct horse", "decoy", "decoy"]);
  });

  test("answers a wrong password in the same time for known and unknown addresses", async () => {
    await using world = await createSignInWorld({ overrides: { passwords: createPasswords() } });
    await world.signUp("ann@example.org", "correct horse");
    const login = async (email: string) => {
      const started = performance.now();
      await world.call("POST", "/login", { email, password: "a wrong guess" });
      return performance.now() - started;
    };
    const times = { known: Infinity, unknown: Infinity };
    // In turns, and the fastest of each, so that a busy machine slows both alike.
    for (let i = 0; i < 6; i++) {
      times.known = Math.min(times.known, await login("ann@example.org"));
      times.unknown = Math.min(times.unknown, await login("unknown@example.org"));
    }
    expect(times.known / times.unknown).toBeGreaterThan(1 / 3);
    expect(times.known / times.unknown).toBeLessThan(3);
  }, 20_000);

  test("gets a new password from the operator, which ends its sessions", async () => {
    await using world = await createSignInWorld();
    const { id, token } = (await world.signUp("ann@example.org", "correct horse")).response;
    const { password } = await resetPassword(world.server.ctx, "Ann@example.org");
    expect((await world.as(token, "GET", `/user/${id}`)).status).toBe(401);
    const login = (password: string) => world.call("POST", "/login", { email: "ann@example.org", password });
    expect([(await login("correct horse")).status, (await login(password)).status]).toEqual([401, 200]);
    expect(await resetPassword(world.server.ctx, "nobody@example.org").catch(String)).toBe(
      "AppError: not_found",
    );
  });

  test("is not opened by a password that was replaced while it was compared", async () => {
    const compared = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const quick = quickPasswords();
    const passwords = {
      ...quick,
      verify: async (password: string, hash: string | null) => {
        compared.resolve();
        await go.promise;
        return quick.verify(password, hash);
      },
    };
    await using world = await createSignInWorld({ overrides: { passwords } });
    await world.signUp("ann@example.org", "correct horse");
    const login = world.call("POST", "/login", { email: "ann@example.org", password: "correct horse" });
    await compared.promise;
    await resetPassword(world.server.ctx, "ann@example.org");
    go.resolve();
    expect((await login).status).toBe(401);
  });
});

test("signing up can be closed, and local accounts can be off", async () => {
  await using closed = await createSignInWorld({ env: { JARVIS_SIGNUP: "closed" } });
  expect((await closed.signUp("ann@example.org", "correct horse")).body["code"]).toBe("forbidden");
  expect((await closed.signUpWithToken({})).body["code"]).toBe("forbidden");
  expect(await countRows(closed)).toEqual({ users: 0, sessions: 0 });
  await using off = await createSignInWorld({ env: { JARVIS_LOCAL_ACCOUNTS: "off" } });
  expect((await off.signUp("ann@example.org", "correct horse")).body["code"]).toBe("forbidden");
  expect(
    (await off.call("POST", "/login", { email: "ann@example.org", password: "correct horse" })).status,
  ).toBe(401);
  expect((await off.signUpWithToken({})).status).toBe(201);
});

test("case 29: an issuer that is down makes its tokens unavailable, not wrong, and touches nobody else", async () => {
  await using world = await createSignInWorld();
  const { id, token } = (await world.signUp("ann@example.org", "correct horse")).response;
  world.issuer.fault = () => new Response(null, { status: 500 });
  const down = await world.signUpWithToken({ sub: "x", email: "x@example.org" });
  expect([down.status, down.body["code"]]).toEqual([503, "unavailable"]);
  expect((await world.signUpWithToken({ sub: "y", email: "y@elsewhere.org" }, world.other)).status).toBe(201);
  expect((await world.as(token, "GET", `/user/${id}`)).status).toBe(200);
});

test("R1, case 40: no environment, header or made-up token makes somebody of nobody", async () => {
  const saved = process.env["NODE_ENV"];
  for (const environment of ["", "development", "staging"]) {
    process.env["NODE_ENV"] = environment;
    await using world = await createSignInWorld();
    const { id } = await world.person("ann");
    const attempts: Record<string, string>[] = [
      {},
      { authorization: "Bearer debug" },
      { authorization: `Bearer ${id}` },
      { authorization: "Bearer undefined" },
      { authorization: "Bearer null" },
      { authorization: `Basic ${btoa("ann:ann")}` },
      { authorization: `Bearer ${"A".repeat(43)}` },
      { "x-user": id, "x-forwarded-user": id, cookie: `jarvis=${id}` },
    ];
    for (const headers of attempts) {
      const answer = await world.call("GET", `/user/${id}`, undefined, headers);
      expect([answer.status, answer.body["code"]]).toEqual([401, "unauthenticated"]);
    }
  }
  if (saved === undefined) delete process.env["NODE_ENV"];
  else process.env["NODE_ENV"] = saved;
});

test("every call that needs somebody answers nobody with 401, before it looks at anything else", async () => {
  await using world = await createSignInWorld();
  const endpoints = Object.values(contract).flatMap((group) => Object.values<Endpoint>(group));
  for (const { method, path, auth } of endpoints.filter(({ auth }) => auth === "session")) {
    const answer = await world.call(
      method,
      path.replaceAll(/\{\w+\}/g, "x"),
      method === "GET" ? undefined : "{broken",
    );
    expect([method, path, auth, answer.status]).toEqual([method, path, auth, 401]);
    expect(answer.headers.get("www-authenticate")).toStartWith("Bearer");
  }
});

test("R6: secrets are in no log, in no answer but the one that gives them, and not in the store", async () => {
  await using world = await createSignInWorld();
  const password = "a password to look for";
  const jwt_token = await world.issuer.sign(world.claims());
  const local = await world.signUp("ann@elsewhere.org", password);
  const byToken = await world.call("POST", "/user", { email: "ann@example.org", jwt_token, username: "Ann" });
  await world.call("POST", "/login", { email: "ann@elsewhere.org", password: `${password}?` });
  await world.as(`${jwt_token}x`, "GET", "/user?q=ann");
  const { id, token } = local.response;
  const self = JSON.stringify((await world.as(token, "GET", `/user/${id}`)).body);
  const secrets = [password, jwt_token, token, byToken.response.token] as string[];
  const log = JSON.stringify(world.logged);
  for (const secret of [...secrets, "ann@elsewhere.org"]) expect(log).not.toContain(secret);
  for (const secret of secrets) expect(self).not.toContain(secret);
  await world.stop();
  const store = Buffer.from(await Bun.file(`${world.directory}/jarvis.db`).arrayBuffer());
  for (const secret of secrets.slice(1)) expect(store.includes(secret)).toBe(false);
});

test("usernames have 1 to 64 visible characters, passwords 8 to 256", async () => {
  await using world: SignInWorld = await createSignInWorld();
  const name = async (username: string) =>
    (await world.signUp(`${crypto.randomUUID()}@example.org`, "correct horse", username)).status;
  for (const good of ["a", "x".repeat(64), "Zoë 👩‍🚀", "李"])
    expect([good, await name(good)]).toEqual([good, 201]);
  for (const bad of ["", " ", "\u200b", "\u202eevil", "a\u0000b", "tab\there"])
    expect([bad, await name(bad)]).toEqual([bad, 400]);
  expect(await name("x".repeat(65))).toBe(422);
  const pass = async (password: string) =>
    (await world.signUp(`${crypto.randomUUID()}@example.org`, password)).status;
  expect([await pass("1234567"), await pass("tea at 4"), await pass("x".repeat(256))]).toEqual([
    400, 201, 201,
  ]);
  expect(await pass("x".repeat(257))).toBe(422);
});
