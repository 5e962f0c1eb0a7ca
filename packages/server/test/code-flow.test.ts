import { describe, expect, test } from "bun:test";
import { runHousekeeping } from "../src/housekeeping.ts";
import { Browser } from "./support/browser.ts";
import { atIssuer, type CodeFlowWorld, consent, createCodeFlowWorld, signInAt } from "./support/code-flow.ts";
import type { Answer } from "./support/world.ts";

const refused = [303, "/app/sign-in?error=unauthenticated"];

function where(answer: Answer): unknown[] {
  return [answer.status, answer.headers.get("location")];
}

async function whoIs(world: CodeFlowWorld, browser: Browser) {
  const { read } = world.server.ctx.db;
  const users = await read
    .selectFrom("user")
    .select(["id", "username", "email", "email_confirmed"])
    .execute();
  for (const user of users) {
    const self = await browser.call("GET", `/user/${user.id}`, undefined, null);
    if (self.status === 200 && self.response.settings !== undefined) return user;
  }
  return undefined;
}

async function countRows(world: CodeFlowWorld) {
  const { read } = world.server.ctx.db;
  const count = async (table: "user" | "session" | "sign_in_flow") =>
    (await read.selectFrom(table).selectAll().execute()).length;
  return { users: await count("user"), sessions: await count("session"), flows: await count("sign_in_flow") };
}

describe("a browser that signs in with an issuer", () => {
  test("gets an account with the verified address and the name, and is back where it wanted to be", async () => {
    await using world = await createCodeFlowWorld();
    const { browser, answer } = await signInAt(
      world,
      "/auth/main/start?return=%2Fapp%2Fevents%3Ftab%3D2%23map",
    );
    expect(where(answer)).toEqual([303, "/app/events?tab=2#map"]);
    expect([...browser.cookies.keys()]).toEqual(["jarvis"]);
    expect(await whoIs(world, browser)).toMatchObject({
      username: "Ann Example",
      email: "ann@example.org",
      email_confirmed: 1,
    });
    expect(await countRows(world)).toEqual({ users: 1, sessions: 1, flows: 0 });
  });

  test("finds its account again, by the identity alone", async () => {
    await using world = await createCodeFlowWorld();
    const first = await signInAt(world);
    world.issuer.claims = { sub: "ann", name: "Renamed" };
    const second = await signInAt(world);
    expect(where(second.answer)).toEqual([303, "/app/"]);
    expect(await whoIs(world, second.browser)).toEqual(await whoIs(world, first.browser));
    expect((await countRows(world)).users).toBe(1);
  });

  test("case 33: holds a new session after it, and the one before is dead", async () => {
    await using world = await createCodeFlowWorld();
    const { browser } = await signInAt(world);
    const before = browser.cookieHeader;
    await browser.open(await atIssuer(browser));
    expect(browser.cookieHeader).not.toBe(before);
    expect((await world.call("GET", "/user?q=ann", undefined, { cookie: before })).status).toBe(401);
    expect(await countRows(world)).toEqual({ users: 1, sessions: 1, flows: 0 });
  });

  test("is told on the sign-in page why it has no account", async () => {
    await using world = await createCodeFlowWorld();
    const ann = world.issuer.claims;
    await signInAt(world);
    const error = async (claims: object, start?: string) => {
      world.issuer.claims = { ...ann, ...claims };
      world.other.claims = { ...ann, ...claims };
      const { browser, answer } = await signInAt(world, start);
      expect([...browser.cookies.keys()]).toEqual([]);
      return answer.headers.get("location");
    };
    expect(await error({}, "/auth/other/start")).toBe("/app/sign-in?error=email_taken");
    expect(await error({ sub: "ben", email_verified: false })).toBe("/app/sign-in?error=no_account");
    expect(await error({ sub: "ben", email_verified: "true" })).toBe("/app/sign-in?error=no_account");
    expect(await error({ sub: "ben", email: undefined })).toBe("/app/sign-in?error=no_account");
    world.issuer.callback = { error: "access_denied", code: null };
    expect(await error({})).toBe("/app/sign-in?error=unauthenticated");
    expect((await countRows(world)).users).toBe(1);
  });

  test("gets no account where sign-up is closed", async () => {
    await using world = await createCodeFlowWorld({ env: { JARVIS_SIGNUP: "closed" } });
    expect(where((await signInAt(world)).answer)).toEqual([303, "/app/sign-in?error=forbidden"]);
  });

  test("learns that the issuer is away, and that one is not known", async () => {
    await using world = await createCodeFlowWorld();
    const browser = new Browser(world);
    expect((await browser.open("/auth/nobody/start")).status).toBe(404);
    expect((await browser.open("/auth/nobody/callback?code=a&state=b")).status).toBe(404);
    const back = await atIssuer(browser);
    await world.issuer.server.stop();
    expect(where(await browser.open(back))).toEqual([303, "/app/sign-in?error=unavailable"]);
    await world.other.server.stop();
    expect(where(await browser.open("/auth/other/start"))).toEqual([303, "/app/sign-in?error=unavailable"]);
    await world.issuer.server.start(0, "127.0.0.1");
    await world.other.server.start(0, "127.0.0.1");
  });
});

describe("case 30: what an issuer sends back", () => {
  test("counts once", async () => {
    await using world = await createCodeFlowWorld();
    const browser = new Browser(world);
    const back = await atIssuer(browser);
    const held = new Map(browser.cookies);
    expect(where(await browser.open(back))).toEqual([303, "/app/"]);
    for (const [name, value] of held) browser.cookies.set(name, value);
    expect(where(await browser.open(back))).toEqual(refused);
    expect([(await countRows(world)).sessions, world.issuer.tokensGiven]).toEqual([1, 1]);
  });

  test("counts in the browser that asked for it alone", async () => {
    await using world = await createCodeFlowWorld();
    const attacker = new Browser(world);
    const back = await atIssuer(attacker);
    const victim = new Browser(world);
    expect(where(await victim.open(back))).toEqual(refused);
    await victim.open("/auth/main/start");
    expect(where(await victim.open(back))).toEqual(refused);
    expect([world.issuer.tokensGiven, await countRows(world)]).toEqual([
      0,
      { users: 0, sessions: 0, flows: 2 },
    ]);
    // What the others tried did not use it up.
    expect(where(await attacker.open(back))).toEqual([303, "/app/"]);
  });

  test("counts for ten minutes", async () => {
    await using world = await createCodeFlowWorld();
    const late = new Browser(world);
    const back = await atIssuer(late);
    world.clock.advance(10 * 60_000);
    expect(where(await late.open(back))).toEqual(refused);
    expect((await countRows(world)).sessions).toBe(0);
    await late.open("/auth/main/start");
    await world.call("POST", "/auth/passkey/login/options");
    world.clock.advance(10 * 60_000);
    await runHousekeeping(world.server.ctx);
    expect((await countRows(world)).flows).toBe(0);
    const { read } = world.server.ctx.db;
    expect(await read.selectFrom("passkey_challenge").selectAll().execute()).toEqual([]);
  });

  test.each([
    ["another state", { state: "somebody-elses-state-0123456789abcdefghijkl" }],
    ["no state", { state: null }],
    ["no code", { code: null }],
    ["a made-up code", { code: "made-up" }],
    ["the iss of another issuer", { iss: "https://evil.example" }],
  ])("is refused with %s", async (_, callback) => {
    await using world = await createCodeFlowWorld();
    world.issuer.callback = callback;
    const { browser, answer } = await signInAt(world);
    expect(where(answer)).toEqual(refused);
    expect([browser.cookies.get("jarvis"), (await countRows(world)).sessions]).toEqual([undefined, 0]);
  });

  test("is refused without an iss from an issuer that promises one, and taken with the right one", async () => {
    const more = { authorization_response_iss_parameter_supported: true };
    await using world = await createCodeFlowWorld({}, more);
    expect(where((await signInAt(world)).answer)).toEqual(refused);
    world.issuer.callback = { iss: world.issuer.url };
    expect(where((await signInAt(world)).answer)).toEqual([303, "/app/"]);
  });

  test("is refused at another issuer's address (mix-up)", async () => {
    await using world = await createCodeFlowWorld();
    const browser = new Browser(world);
    const back = await atIssuer(browser);
    expect(where(await browser.open(back.replace("/main/", "/other/")))).toEqual(refused);
    // The other issuer is not even asked: it would have learnt the code and its verifier.
    expect(world.logged.map(({ message }) => message)).not.toContain("a sign-in with an issuer failed");
  });

  test.each([
    ["nonce of another browser", { nonce: "another" }],
    ["nonce missing", { nonce: undefined }],
    ["audience of another application", { aud: "another" }],
    ["other issuer", { iss: "https://evil.example" }],
    ["expiry in the past", { exp: 1 }],
  ])("is refused with an ID token with the %s", async (_, claims) => {
    await using world = await createCodeFlowWorld();
    Object.assign(world.issuer.claims, claims);
    const { answer } = await signInAt(world);
    expect(where(answer)).toEqual(refused);
    expect([world.issuer.tokensGiven, await countRows(world)]).toEqual([
      1,
      { users: 0, sessions: 0, flows: 0 },
    ]);
  });

  test("redeems with the verifier of this browser alone, and its challenge is a hash", async () => {
    await using world = await createCodeFlowWorld();
    const victim = new Browser(world);
    const attacker = new Browser(world);
    const asked = new URL((await victim.open("/auth/main/start")).headers.get("location") ?? "");
    expect(asked.searchParams.get("code_challenge_method")).toBe("S256");
    expect(asked.searchParams.get("redirect_uri")).toBe(`${world.url}/auth/main/callback`);
    const stolen = new URL(await consent(asked.href), world.url).searchParams.get("code") ?? "";
    // The thief has the code of somebody else and a state of their own: the issuer compares the challenge.
    const own = new URL(await atIssuer(attacker), world.url);
    own.searchParams.set("code", stolen);
    expect(where(await attacker.open(own.pathname + own.search))).toEqual(refused);
    expect(await countRows(world)).toEqual({ users: 0, sessions: 0, flows: 1 });
  });

  test("leaves neither code, state, verifier nor nonce in the log, nor a token in the store", async () => {
    await using world = await createCodeFlowWorld();
    const browser = new Browser(world);
    const asked = (await browser.open("/auth/main/start")).headers.get("location") ?? "";
    const back = await consent(asked);
    const secrets = [
      ...["state", "nonce"].map((name) => new URL(asked).searchParams.get(name) ?? ""),
      new URL(back, world.url).searchParams.get("code") ?? "",
      ...browser.cookies.values(),
    ];
    world.issuer.claims = { ...world.issuer.claims, nonce: "wrong" };
    expect(where(await browser.open(back))).toEqual(refused);
    const rows = await world.server.ctx.db.read.selectFrom("sign_in_flow").selectAll().execute();
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(20);
      expect(JSON.stringify([world.logged, rows])).not.toContain(secret);
    }
    expect(world.logged.some(({ message }) => message === "a sign-in with an issuer failed")).toBe(true);
  });
});

describe("case 41: the way back from a sign-in", () => {
  test.each([
    "//evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "https:evil.example",
    "https://evil.example/app/",
    "javascript:alert(1)",
    "/%2f%2fevil.example",
    "%2f%2fevil.example",
    "/app//evil.example",
    "/app/..//evil.example",
    "/app/../../user",
    "/app/%2e%2e/user",
    "/app/%2f%2fevil.example",
    "/app/%5cevil.example",
    "/app\\@evil.example",
    "/app@evil.example",
    "/app.evil.example",
    "/apple",
    "/app/\tx",
    "/app/\nx",
    " /app/",
    "app/",
    "",
    "/",
    "/user",
  ])("is never %j", async (path) => {
    await using world = await createCodeFlowWorld();
    const browser = new Browser(world);
    const answer = await browser.open(`/auth/main/start?return=${encodeURIComponent(path)}`);
    expect(where(answer)).toEqual([303, "/app/sign-in?error=invalid_input"]);
    expect([browser.cookies.size, (await countRows(world)).flows]).toEqual([0, 0]);
  });
});
