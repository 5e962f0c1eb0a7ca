import { expect, test } from "bun:test";
import { Authenticator } from "./support/authenticator.ts";
import { codeOf, expectOk } from "./support/events.ts";
import { createSignInWorld, type SignInWorld } from "./support/identities.ts";
import type { Answer, Json } from "./support/world.ts";

const origin = "https://jarvis.example";

function createPasskeyWorld(): Promise<SignInWorld> {
  return createSignInWorld({ env: { JARVIS_PUBLIC_URL: origin } });
}

async function register(world: SignInWorld, token: string, device: Authenticator): Promise<Json> {
  const options = expectOk(await world.as(token, "POST", "/auth/passkey/register/options"));
  const body = { credential: await device.create(options), name: "Phone" };
  const answer = await world.as(token, "POST", "/auth/passkey/register/verify", body);
  expect(answer.status).toBe(201);
  return answer.response;
}

async function login(world: SignInWorld, device: Authenticator): Promise<Answer> {
  const options = expectOk(await world.call("POST", "/auth/passkey/login/options"));
  const credential = await device.get(options);
  return world.call("POST", "/auth/passkey/login/verify", { credential });
}

test("a passkey is dead with its account, and who signs up afresh does not inherit it", async () => {
  await using world = await createPasskeyWorld();
  const device = new Authenticator(origin);
  const before = (await world.signUpWithToken({})).response;
  await register(world, before.token, device);
  expect((await login(world, device)).response.id).toBe(before.id);
  expectOk(await world.as(before.token, "DELETE", `/user/${before.id}`));
  expect(codeOf(await login(world, device))).toBe("unauthenticated");
  world.clock.advance(1_000);
  const { id, token } = (await world.signUpWithToken({})).response;
  const kinds = expectOk(await world.as(token, "GET", `/user/${id}/access`)).map(({ kind }: Json) => kind);
  expect(kinds).toEqual(["session", "identity"]);
  expect(codeOf(await login(world, device))).toBe("unauthenticated");
});

test("challenges of the sessions and of the ID token that erases are gone; those of others stay", async () => {
  await using world = await createPasskeyWorld();
  const { ann } = await world.people("ann");
  const zoe = { sub: "zoe", email: "zoe@example.org" };
  const { id, token } = (await world.signUpWithToken(zoe)).response;
  world.clock.advance(1_000);
  const idToken = await world.issuer.sign(world.claims(zoe));
  for (const asker of [ann.token, token, idToken])
    expectOk(await world.as(asker, "POST", "/auth/passkey/register/options"));
  await world.call("POST", "/auth/passkey/login/options");
  const challenges = async () =>
    (await world.server.ctx.db.read.selectFrom("passkey_challenge").selectAll().execute()).length;
  expect(await challenges()).toBe(4);
  expectOk(await world.as(idToken, "DELETE", `/user/${id}`));
  expect(await challenges()).toBe(2);
});
