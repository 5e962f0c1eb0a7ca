import { describe, expect, test } from "bun:test";
import { Authenticator, type Faults } from "./support/authenticator.ts";
import { Browser } from "./support/browser.ts";
import { createWorld, type Answer, type Json, type Person, type World } from "./support/world.ts";

const origin = "https://jarvis.example";

async function createPasskeyWorld(): Promise<World> {
  return createWorld({ env: { JARVIS_PUBLIC_URL: origin } });
}

async function register(
  person: Person,
  device: Authenticator,
  faults?: Faults,
  name?: string,
): Promise<Answer> {
  const options = await person.call("POST", "/auth/passkey/register/options");
  expect(options.status).toBe(200);
  const credential = await device.create(options.response, faults);
  return person.call("POST", "/auth/passkey/register/verify", { credential, name });
}

async function loginOptions(world: World): Promise<Json> {
  return (await world.call("POST", "/auth/passkey/login/options")).response;
}

function verify(world: World, credential: Json): Promise<Answer> {
  return world.call("POST", "/auth/passkey/login/verify", { credential });
}

async function login(world: World, device: Authenticator, faults?: Faults): Promise<Answer> {
  return verify(world, await device.get(await loginOptions(world), faults));
}

async function enrolled(world: World, device = new Authenticator(origin)) {
  const ann = await world.person("ann");
  const passkey = (await register(ann, device)).response;
  return { ann, device, passkey };
}

describe("a passkey", () => {
  test("is asked for by name of this host, so that it signs in without any name", async () => {
    await using world = await createPasskeyWorld();
    const ann = await world.person("ann");
    const { response } = await ann.call("POST", "/auth/passkey/register/options");
    expect(response).toMatchObject({
      rp: { id: "jarvis.example" },
      user: { name: "ann" },
      attestation: "none",
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
    });
    expect(Buffer.from(response.user.id, "base64url").toString()).toBe(ann.id);
    expect(await loginOptions(world)).toMatchObject({ rpId: "jarvis.example", userVerification: "required" });
  });

  test("signs in, again and again, with a session of its own", async () => {
    await using world = await createPasskeyWorld();
    const { ann, device, passkey } = await enrolled(world);
    expect(passkey).toMatchObject({ kind: "passkey", name: "Passkey", used_ms: null });
    for (const _ of [1, 2]) {
      const answer = await login(world, device);
      expect([answer.status, answer.response.id]).toEqual([200, ann.id]);
      const headers = { authorization: `Bearer ${answer.response.token}` };
      expect((await world.call("GET", `/user/${ann.id}`, undefined, headers)).response.email).toBe(ann.email);
    }
    const access = (await ann.call("GET", `/user/${ann.id}/access`)).response;
    expect(access.find(({ kind }: Json) => kind === "passkey")).toEqual({
      ...passkey,
      used_ms: world.clock.now(),
    });
  });

  test("may be one whose counter never moves, and one that does not say whose it is", async () => {
    await using world = await createPasskeyWorld();
    const { ann, device } = await enrolled(world, new Authenticator(origin, { counts: false }));
    expect((await login(world, device)).response.id).toBe(ann.id);
    expect((await login(world, device, { userHandle: null })).response.id).toBe(ann.id);
  });

  test("signs a browser in with a cookie", async () => {
    await using world = await createPasskeyWorld();
    const { device } = await enrolled(world);
    const browser = new Browser(world);
    const credential = await device.get(await loginOptions(world));
    const path = "/auth/passkey/login/verify";
    const foreign = await browser.call("POST", path, { credential, cookie: true }, "https://evil.example");
    expect([foreign.status, foreign.body["code"]]).toEqual([403, "forbidden"]);
    const answer = await browser.call("POST", path, { credential, cookie: true }, origin);
    expect([answer.status, answer.response.token]).toEqual([200, undefined]);
    expect([...browser.cookies.keys()]).toEqual(["__Host-jarvis"]);
  });

  test("is one of at most twenty", async () => {
    await using world = await createPasskeyWorld();
    const { ann, device } = await enrolled(world);
    for (let i = 1; i < 20; i++) expect((await register(ann, device, {}, `Key ${i}`)).status).toBe(201);
    const options = (await ann.call("POST", "/auth/passkey/register/options")).response;
    expect(options.excludeCredentials).toHaveLength(20);
    expect((await register(ann, device)).body["code"]).toBe("limit_exceeded");
  });

  test("needs a fresh sign-in to be added", async () => {
    await using world = await createPasskeyWorld();
    const ann = await world.person("ann");
    const { response } = await ann.call("POST", "/auth/passkey/register/options");
    const credential = await new Authenticator(origin).create(response);
    world.clock.advance(5 * 60_000 + 1);
    for (const [path, body] of [["options"], ["verify", { credential }]] as const) {
      const answer = await ann.call("POST", `/auth/passkey/register/${path}`, body);
      expect([answer.status, answer.body["code"]]).toEqual([403, "reauthenticate"]);
    }
  });

  test("needs a host name", async () => {
    await using world = await createWorld({ env: { JARVIS_PUBLIC_URL: "http://192.0.2.1:3000" } });
    const ann = await world.person("ann");
    expect((await ann.call("POST", "/auth/passkey/register/options")).body["code"]).toBe("unsupported");
    expect((await world.call("POST", "/auth/passkey/login/options")).body["code"]).toBe("unsupported");
  });
});

const faults: [string, Faults][] = [
  ["of another site", { origin: "https://evil.example" }],
  ["of a subdomain", { origin: "https://www.jarvis.example" }],
  ["on plain http", { origin: "http://jarvis.example" }],
  ["for another host", { rpId: "evil.example" }],
  ["for the other ceremony", { type: "webauthn.other" }],
  ["without the person verified", { unverified: true }],
  ["to a challenge of nobody", { challenge: "bm9ib2R5" }],
];

describe("an answer of an authenticator", () => {
  test.each(faults)("%s adds nothing", async (_, fault) => {
    await using world = await createPasskeyWorld();
    const ann = await world.person("ann");
    const answer = await register(ann, new Authenticator(origin), fault);
    expect([answer.status, answer.body["code"]]).toEqual([400, "invalid_input"]);
    expect((await ann.call("GET", `/user/${ann.id}/access`)).response).toHaveLength(1);
  });

  test.each([
    ...faults,
    ["with a forged signature", { forged: true }] as [string, Faults],
    ["with somebody else's name", { userHandle: "c29tZWJvZHk" }] as [string, Faults],
  ])("%s signs nobody in", async (_, fault) => {
    await using world = await createPasskeyWorld();
    const { device } = await enrolled(world);
    const answer = await login(world, device, fault);
    expect([answer.status, answer.body["code"]]).toEqual([401, "unauthenticated"]);
    expect((await login(world, device)).status).toBe(200);
  });

  test("whose counter has not grown is from a copied key", async () => {
    await using world = await createPasskeyWorld();
    const { device } = await enrolled(world);
    expect((await login(world, device, { counter: 10 })).status).toBe(200);
    for (const counter of [10, 9, 0]) expect((await login(world, device, { counter })).status).toBe(401);
    expect(world.logged.filter(({ message }) => message === "a passkey was refused")).toHaveLength(3);
    expect((await login(world, device, { counter: 11 })).status).toBe(200);
  });

  test("and that of its copy, at the same time and with the same counter, sign in one of them", async () => {
    await using world = await createPasskeyWorld();
    const { device } = await enrolled(world);
    for (const counter of [1, 2, 3, 4, 5]) {
      const two = [await loginOptions(world), await loginOptions(world)];
      const credentials = await Promise.all(two.map((options) => device.get(options, { counter })));
      const answers = await Promise.all(credentials.map((credential) => verify(world, credential)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 401]);
    }
  });

  test("counts once, soon, and for whom and what the challenge was made", async () => {
    await using world = await createPasskeyWorld();
    const { device } = await enrolled(world, new Authenticator(origin, { counts: false }));
    const once = await device.get(await loginOptions(world));
    expect([(await verify(world, once)).status, (await verify(world, once)).status]).toEqual([200, 401]);

    const late = await device.get(await loginOptions(world));
    world.clock.advance(5 * 60_000);
    expect((await verify(world, late)).status).toBe(401);

    const signedIn = (await login(world, device)).response;
    const fresh = { authorization: `Bearer ${signedIn.token}` };
    const { response } = await world.call("POST", "/auth/passkey/register/options", undefined, fresh);
    const stolen = await device.get({ challenge: response.challenge, rpId: response.rp.id });
    expect((await verify(world, stolen)).status).toBe(401);

    const again = await world.call("POST", "/auth/passkey/register/options", undefined, fresh);
    const credential = await device.create(again.response);
    const ben = await world.person("ben");
    const answer = await ben.call("POST", "/auth/passkey/register/verify", { credential });
    expect([answer.status, answer.body["code"]]).toEqual([400, "invalid_input"]);
  });

  test("of a credential that is not known, or is gone, signs nobody in", async () => {
    await using world = await createPasskeyWorld();
    const { ann, device, passkey } = await enrolled(world);
    await register(ann, new Authenticator(origin));
    expect((await ann.call("DELETE", `/user/${ann.id}/access/${passkey.id}`)).status).toBe(200);
    expect((await login(world, device)).status).toBe(401);
  });

  test("that is no answer at all is refused by its shape", async () => {
    await using world = await createPasskeyWorld();
    const { ann, device } = await enrolled(world);
    const good = await device.get(await loginOptions(world));
    const made = await device.create((await ann.call("POST", "/auth/passkey/register/options")).response);
    for (const response of [
      {},
      { ...good.response, clientDataJSON: "e30" },
      { ...good.response, signature: "AA" },
    ]) {
      expect([400, 401]).toContain((await verify(world, { ...good, response })).status);
    }
    for (const attestationObject of ["AA", "oA", "____", made.response.attestationObject.slice(0, 60)]) {
      const credential = { ...made, response: { ...made.response, attestationObject } };
      const answer = await ann.call("POST", "/auth/passkey/register/verify", { credential });
      expect([answer.status, answer.body["code"]]).toEqual([400, "invalid_input"]);
    }
  });
});
