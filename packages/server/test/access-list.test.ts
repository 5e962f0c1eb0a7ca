import { describe, expect, test } from "bun:test";
import { createPasswords } from "../src/lib/passwords.ts";
import { Authenticator } from "./support/authenticator.ts";
import { Browser } from "./support/browser.ts";
import { createSignInWorld, type SignInWorld } from "./support/identities.ts";
import { connect } from "./support/socket.ts";
import type { Answer, Json } from "./support/world.ts";

const minute = 60_000;
const email = "ann@example.org";
const password = "correct horse";

interface SignedIn {
  id: string;
  token: string;
}

async function signUp(world: SignInWorld): Promise<SignedIn> {
  return (await world.signUp(email, password)).response;
}

async function login(world: SignInWorld, with_ = password): Promise<SignedIn> {
  return (await world.call("POST", "/login", { email, password: with_ })).response;
}

async function listAccess(world: SignInWorld, { id, token }: SignedIn, kind?: string): Promise<Json[]> {
  const all: Json[] = (await world.as(token, "GET", `/user/${id}/access`)).response;
  return kind === undefined ? all : all.filter((entry) => entry.kind === kind);
}

function revoke(world: SignInWorld, { id, token }: SignedIn, access: string): Promise<Answer> {
  return world.as(token, "DELETE", `/user/${id}/access/${access}`);
}

async function link(world: SignInWorld, { id, token }: SignedIn, claims: object = {}): Promise<Answer> {
  const jwt_token = await world.issuer.sign(world.claims(claims));
  return world.as(token, "POST", `/user/${id}/identities`, { jwt_token });
}

function put(world: SignInWorld, { id, token }: SignedIn, body: object): Promise<Answer> {
  return world.as(token, "PUT", `/user/${id}/password`, body);
}

async function statusOf(world: SignInWorld, token: string): Promise<number> {
  return (await world.as(token, "GET", "/user?q=nobody")).status;
}

function outcome(answer: Answer) {
  return [answer.status, answer.body["code"] ?? answer.response];
}

describe("case 36: what can act for a person", () => {
  test("is listed with when it began and was used, and which is this one", async () => {
    await using world = await createSignInWorld();
    const phone = await signUp(world);
    const began = world.clock.now();
    world.clock.advance(2 * 60 * minute);
    const laptop = await login(world);
    await link(world, laptop);
    await statusOf(world, phone.token);
    const sessions = await listAccess(world, laptop, "session");
    expect(sessions.map(({ created_ms, current }) => [created_ms, current])).toEqual([
      [began, false],
      [world.clock.now(), true],
    ]);
    expect(sessions[0].used_ms).toBe(world.clock.now());
    expect((await listAccess(world, laptop, "identity"))[0]).toMatchObject({ issuer: world.issuer.url });
    const all = JSON.stringify(await listAccess(world, laptop));
    for (const secret of [phone.token, laptop.token, "subject-1", "hash"]) expect(all).not.toContain(secret);
  });

  test("ends when it is revoked: its token, and its sockets, and no other", async () => {
    await using world = await createSignInWorld();
    const phone = await signUp(world);
    const laptop = await login(world);
    await using lost = await connect(world.url, phone);
    await using kept = await connect(world.url, laptop);
    const other = (await listAccess(world, laptop, "session")).find(({ current }) => !current);
    expect(outcome(await revoke(world, laptop, other.id))).toEqual([200, "success"]);
    expect(await lost.closed).toBe(4401);
    expect([await statusOf(world, phone.token), await statusOf(world, laptop.token)]).toEqual([401, 200]);
    await kept.flushed();
    expect(outcome(await revoke(world, laptop, other.id))).toEqual([404, "not_found"]);
    await world.restart();
    expect([await statusOf(world, phone.token), await statusOf(world, laptop.token)]).toEqual([401, 200]);
  });

  test("is its owner's alone to see and to revoke", async () => {
    await using world = await createSignInWorld();
    const ann = await signUp(world);
    const ben = await world.person("ben");
    const [session] = await listAccess(world, ann);
    for (const path of [`/user/${ann.id}/access`, `/user/${ann.id}/access/${session.id}`]) {
      const method = path.endsWith("access") ? "GET" : "DELETE";
      expect((await ben.call(method, path)).status).toBe(404);
    }
    expect((await ben.call("DELETE", `/user/${ben.id}/access/${session.id}`)).status).toBe(404);
    expect(await statusOf(world, ann.token)).toBe(200);
  });

  test("in a browser goes with its cookie", async () => {
    await using world = await createSignInWorld();
    const browser = new Browser(world);
    const { id } = (await browser.call("POST", "/user", { email, password, username: "Ann", cookie: true }))
      .response;
    const [session] = (await browser.call("GET", `/user/${id}/access`)).response;
    expect((await browser.call("DELETE", `/user/${id}/access/${session.id}`)).status).toBe(200);
    expect(browser.cookies.size).toBe(0);
  });

  test("an identity takes along what it opened: sessions, its own tokens, their sockets", async () => {
    await using world = await createSignInWorld();
    const ann = await signUp(world);
    await link(world, ann);
    const jwt_token = await world.issuer.sign(world.claims({ jti: "another" }));
    const elsewhere = (await world.call("POST", "/login", { email, jwt_token })).response;
    await using bySession = await connect(world.url, elsewhere);
    const presented = await world.issuer.sign(world.claims({ jti: "presented" }));
    await using byToken = await connect(world.url, { token: presented });
    await using own = await connect(world.url, ann);
    const [identity] = await listAccess(world, ann, "identity");
    expect((await revoke(world, ann, identity.id)).status).toBe(200);
    expect([await bySession.closed, await byToken.closed]).toEqual([4401, 4401]);
    await own.flushed();
    for (const token of [elsewhere.token, jwt_token, presented])
      expect(await statusOf(world, token)).toBe(401);
    expect((await world.call("POST", "/login", { email, jwt_token })).status).toBe(401);
    expect(await listAccess(world, ann, "identity")).toEqual([]);
  });

  test("a passkey takes along the sessions that it opened", async () => {
    const origin = "https://jarvis.example";
    await using world = await createSignInWorld({ env: { JARVIS_PUBLIC_URL: origin } });
    const ann = await signUp(world);
    const device = new Authenticator(origin);
    const creation = await world.as(ann.token, "POST", "/auth/passkey/register/options");
    const made = { credential: await device.create(creation.response), name: "Lost phone" };
    const passkey = (await world.as(ann.token, "POST", "/auth/passkey/register/verify", made)).response;
    const request = (await world.call("POST", "/auth/passkey/login/options")).response;
    const credential = await device.get(request);
    const phone = (await world.call("POST", "/auth/passkey/login/verify", { credential })).response;
    expect(await statusOf(world, phone.token)).toBe(200);
    expect((await revoke(world, ann, passkey.id)).status).toBe(200);
    expect([await statusOf(world, phone.token), await statusOf(world, ann.token)]).toEqual([401, 200]);
  });

  test("the last way to sign in stays, also when two are revoked at once", async () => {
    await using world = await createSignInWorld();
    const { id, token }: SignedIn = (await world.signUpWithToken({})).response;
    const ann = { id, token };
    const [only] = await listAccess(world, ann, "identity");
    expect(outcome(await revoke(world, ann, only.id))).toEqual([403, "forbidden"]);
    await link(world, ann, { sub: "subject-2" });
    const both = await listAccess(world, ann, "identity");
    const answers = await Promise.all(both.map((one) => revoke(world, ann, one.id)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403]);
    expect(await listAccess(world, ann, "identity")).toHaveLength(1);
    // The session is no way to sign in: it may go.
    const session = (await listAccess(world, ann, "session")).find(({ current }) => current);
    expect((await revoke(world, ann, session.id)).status).toBe(200);
    expect(await statusOf(world, token)).toBe(401);
  });
});

describe("linking an identity", () => {
  test("opens the account with it, once and for this account alone", async () => {
    await using world = await createSignInWorld();
    const ann = await signUp(world);
    const first = await link(world, ann);
    const again = await link(world, ann, { jti: "again" });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.response).toEqual(first.response);
    const jwt_token = await world.issuer.sign(world.claims());
    expect((await world.call("POST", "/login", { email, jwt_token })).response.id).toBe(ann.id);
    const ben: SignedIn = (await world.signUp("ben@example.org", password, "Ben")).response;
    const taken = await link(world, ben);
    expect(outcome(taken)).toEqual([409, "email_taken"]);
    expect(taken.body["detail"]).toBe("This identity belongs to another account");
    expect(await listAccess(world, ben, "identity")).toEqual([]);
  });

  test("confirms the address that the account holds, where the issuer may, and takes no other", async () => {
    await using world = await createSignInWorld();
    const ann = await signUp(world);
    const self = async () => (await world.as(ann.token, "GET", `/user/${ann.id}`)).response;
    await link(world, ann, { email: "else@example.org", sub: "subject-2" });
    expect(await self()).toMatchObject({ email, email_confirmed: false });
    await link(world, ann, { email: email.toUpperCase() });
    expect(await self()).toMatchObject({ email, email_confirmed: true });
  });

  test("refuses a forged, an expired and a signed-out token", async () => {
    await using world = await createSignInWorld();
    const ann = await signUp(world);
    const jwt_token = await world.issuer.sign(world.claims());
    await link(world, ann);
    await world.as(jwt_token, "PUT", `/user/${ann.id}/logout`);
    const expired = await world.issuer.sign(world.claims({ exp: 1 }));
    for (const bad of [jwt_token, expired, "a.b.c", `${jwt_token.slice(0, -8)}AAAAAAAA`]) {
      const answer = await world.as(ann.token, "POST", `/user/${ann.id}/identities`, { jwt_token: bad });
      expect(answer.status).toBe(401);
    }
  });
});

describe("a new password", () => {
  test("needs the old one and ends all other sessions, their sockets too", async () => {
    await using world = await createSignInWorld();
    const phone = await signUp(world);
    const laptop = await login(world);
    await using lost = await connect(world.url, phone);
    for (const old of [undefined, "wrong", ""]) {
      expect(outcome(await put(world, laptop, { old, new: "battery staple" }))).toEqual([403, "forbidden"]);
    }
    expect(outcome(await put(world, laptop, { old: password, new: "short" }))).toEqual([
      400,
      "invalid_input",
    ]);
    expect(await statusOf(world, phone.token)).toBe(200);
    const changed = await put(world, laptop, { old: password, new: "battery staple" });
    expect(outcome(changed)).toEqual([200, "success"]);
    expect(await lost.closed).toBe(4401);
    expect([await statusOf(world, phone.token), await statusOf(world, laptop.token)]).toEqual([401, 200]);
    expect((await world.call("POST", "/login", { email, password })).status).toBe(401);
    expect((await login(world, "battery staple")).id).toBe(laptop.id);
  });

  test("is set by exactly one of two who know the old one", async () => {
    const hashing: (() => void)[] = [];
    const passwords = createPasswords({
      // Both have shown the old one before either new one is set.
      hash: (text) =>
        new Promise((resolve) => {
          hashing.push(() => resolve(`quick:${text}`));
          if (text === password || hashing.length === 3) for (const go of hashing) go();
        }),
      verify: async (text, hash) => hash === `quick:${text}`,
      decoy: "quick:",
    });
    await using world = await createSignInWorld({ overrides: { passwords } });
    const ann = await signUp(world);
    const both = await Promise.all(
      ["first of all", "second of all"].map((next) => put(world, ann, { old: password, new: next })),
    );
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 403]);
  });

  test("may be the first one, for an account with an address that came with an identity", async () => {
    await using world = await createSignInWorld();
    const ann: SignedIn = (await world.signUpWithToken({})).response;
    expect((await put(world, ann, { new: password })).status).toBe(200);
    expect((await login(world)).id).toBe(ann.id);
    const [identity] = await listAccess(world, ann, "identity");
    expect((await revoke(world, ann, identity.id)).status).toBe(200);
  });

  test("is refused where there are no passwords", async () => {
    await using world = await createSignInWorld({ env: { JARVIS_LOCAL_ACCOUNTS: "off" } });
    const ann: SignedIn = (await world.signUpWithToken({})).response;
    expect(outcome(await put(world, ann, { new: password }))).toEqual([403, "forbidden"]);
  });
});

describe("a fresh sign-in", () => {
  test("is five minutes old at most, and needed to link and to set a password", async () => {
    await using world = await createSignInWorld();
    const ann = await signUp(world);
    world.clock.advance(5 * minute);
    expect((await link(world, ann)).status).toBe(201);
    world.clock.advance(1);
    expect(outcome(await link(world, ann))).toEqual([403, "reauthenticate"]);
    expect(outcome(await put(world, ann, { old: password, new: "battery staple" }))).toEqual([
      403,
      "reauthenticate",
    ]);
    const again = await login(world);
    expect((await put(world, again, { old: password, new: "battery staple" })).status).toBe(200);
  });

  test("with an ID token is when that was issued, also for the session that it opens", async () => {
    await using world = await createSignInWorld();
    const { id } = (await world.signUpWithToken({ jti: "1" })).response;
    const jwt_token = await world.issuer.sign(world.claims({ jti: "2" }));
    world.clock.advance(5 * minute + 1_000);
    const { token } = (await world.call("POST", "/login", { email, jwt_token })).response;
    for (const stale of [jwt_token, token])
      expect(outcome(await put(world, { id, token: stale }, { new: password }))).toEqual([
        403,
        "reauthenticate",
      ]);
    const fresh = await world.issuer.sign(world.claims({ jti: "3" }));
    expect((await put(world, { id, token: fresh }, { new: password })).status).toBe(200);
  });
});

describe("JARVIS_SIGNUP=invite", () => {
  test("lets in whom an event waits for by e-mail, proven or not, and nobody else", async () => {
    await using world = await createSignInWorld({ env: { JARVIS_SIGNUP: "invite" } });
    const host = await world.person("host");
    const people = [email, "ben@example.org"];
    await host.call("POST", "/event", { name: "Dinner", duration: 3_600, people });
    expect(outcome(await world.signUp("eve@example.org", password))).toEqual([403, "forbidden"]);
    const eve = { sub: "eve", email: "eve@example.org" };
    expect(outcome(await world.signUpWithToken(eve))).toEqual([403, "forbidden"]);
    expect((await world.signUp(email.toUpperCase(), password)).status).toBe(201);
    expect((await world.signUpWithToken({ sub: "ben", email: "ben@example.org" })).status).toBe(201);
    // Whoever has an account goes on signing in.
    expect((await world.signUp(email, password)).status).toBe(200);
    expect((await world.signUpWithToken({ sub: "ben", email: "ben@example.org", jti: "2" })).status).toBe(
      200,
    );
  });

  test("no longer waits for an invitation that was taken back", async () => {
    await using world = await createSignInWorld({ env: { JARVIS_SIGNUP: "invite" } });
    const host = await world.person("host");
    const { id } = (await host.call("POST", "/event", { name: "Dinner", duration: 60, people: [email] }))
      .response;
    await host.call("DELETE", `/event/${id}/people/${email}`);
    expect(outcome(await world.signUp(email, password))).toEqual([403, "forbidden"]);
  });
});
