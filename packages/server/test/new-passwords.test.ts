import { describe, expect, test } from "bun:test";
import { resetPassword } from "../src/accounts/service.ts";
import { createPasswords } from "../src/lib/passwords.ts";
import { createSignInWorld, quickPasswords, type SignInWorld } from "./support/identities.ts";
import type { Answer } from "./support/world.ts";

const email = "ann@example.org";
const password = "correct horse";
const day = 24 * 60 * 60_000;

function login(world: SignInWorld, given: string): Promise<Answer> {
  return world.call("POST", "/login", { email, password: given });
}

function change(world: SignInWorld, { id, token }: Answer["response"], old: string, next: string) {
  return world.as(token, "PUT", `/user/${id}/password`, { old, new: next });
}

function outcome({ status, body }: Answer) {
  const [error] = (body["errors"] ?? []) as { path: string }[];
  return [status, body["code"], error?.path];
}

describe("a common password", () => {
  test("is refused at sign-up, whether the address is held or not, in any case, and nobody is made", async () => {
    await using world = await createSignInWorld();
    expect((await world.signUp(email, password)).status).toBe(201);
    for (const common of ["password1", "PASSWORD1", "12345678", "qwertyuiop"]) {
      for (const address of [email, "free@example.org"])
        expect(outcome(await world.signUp(address, common))).toEqual([400, "invalid_input", "password"]);
    }
    expect((await world.signUp("free@example.org", "password1?")).status).toBe(201);
    expect(JSON.stringify(world.logged)).not.toMatch(/password1|12345678|qwertyuiop/i);
  });

  test("is refused as a new one, and the old one stays", async () => {
    await using world = await createSignInWorld();
    const ann = (await world.signUp(email, password)).response;
    const refused = await change(world, ann, password, "Sunshine");
    expect(outcome(refused)).toEqual([400, "invalid_input", "new"]);
    expect(refused.body["detail"]).toContain("commonest");
    expect((await login(world, password)).status).toBe(200);
  });
});

describe("a password from the operator", () => {
  test("works for 24 hours, and is then as wrong as any other", async () => {
    const compared: string[] = [];
    const passwords = createPasswords({
      hash: async (text) => `quick:${text}`,
      verify: async (text, hash) => compared.push(hash) > 0 && hash === `quick:${text}`,
      decoy: "decoy",
    });
    await using world = await createSignInWorld({ overrides: { passwords } });
    await world.signUp(email, password);
    const made = await resetPassword(world.server.ctx, email);
    expect(made.expiresMs).toBe(world.clock.now() + day);
    world.clock.advance(day - 1);
    expect((await login(world, made.password)).status).toBe(200);
    world.clock.advance(1);
    const plain = ({ status, body }: Answer) => ({ status, ...body, request_id: "" });
    const expired = plain(await login(world, made.password));
    expect(expired).toEqual(plain(await login(world, "a wrong guess")));
    expect(expired.status).toBe(401);
    expect((await world.signUp(email, made.password)).status).toBe(409);
    expect(compared).toEqual([`quick:${made.password}`, "decoy", "decoy", "decoy"]);
  });

  test("is not to be kept, and what its owner sets instead stays", async () => {
    await using world = await createSignInWorld({ overrides: { passwords: quickPasswords() } });
    await world.signUp(email, password);
    const made = await resetPassword(world.server.ctx, email);
    const ann = (await login(world, made.password)).response;
    const expiry = async () => {
      const { response } = await world.as(ann.token, "GET", `/user/${ann.id}/export`);
      return response.account.password_expires_ms;
    };
    expect(await expiry()).toBe(made.expiresMs);
    const kept = await change(world, ann, made.password, made.password);
    expect(outcome(kept)).toEqual([400, "invalid_input", "new"]);
    expect((await change(world, ann, made.password, "battery staple")).status).toBe(200);
    expect(await expiry()).toBeNull();
    world.clock.advance(day);
    expect([
      (await login(world, made.password)).status,
      (await login(world, "battery staple")).status,
    ]).toEqual([401, 200]);
  });

  test("is no way to sign in that would let the last other one be revoked", async () => {
    await using world = await createSignInWorld();
    const ann = (await world.signUpWithToken({})).response;
    const made = await resetPassword(world.server.ctx, email);
    const { id, token } = (await login(world, made.password)).response;
    expect(id).toBe(ann.id);
    const access = (await world.as(token, "GET", `/user/${id}/access`)).response;
    const identity = access.find(({ kind }: { kind: string }) => kind === "identity");
    const revoke = () => world.as(token, "DELETE", `/user/${id}/access/${identity.id}`);
    expect((await revoke()).status).toBe(403);
    expect((await change(world, { id, token }, made.password, "battery staple")).status).toBe(200);
    expect((await revoke()).status).toBe(200);
  });
});
