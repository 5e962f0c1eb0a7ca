import { describe, expect, test } from "bun:test";
import { authenticate } from "../src/accounts/service.ts";
import type { BusMessage } from "../src/bus/bus.ts";
import type { Context } from "../src/context.ts";
import { sessionOf, sqlOf } from "../src/db/kysely-session.ts";
import { sha256 } from "../src/lib/ids.ts";
import { createSignInWorld, type SignInWorld } from "./support/identities.ts";
import { until } from "./support/photos.ts";

const hour = 60 * 60_000;
const day = 24 * hour;

interface SignedIn {
  id: string;
  token: string;
}

async function signUp(world: SignInWorld, email = "ann@example.org"): Promise<SignedIn> {
  return (await world.signUp(email, "correct horse")).response;
}

async function login(world: SignInWorld, email = "ann@example.org"): Promise<SignedIn> {
  return (await world.call("POST", "/login", { email, password: "correct horse" })).response;
}

async function statusOf(world: SignInWorld, token: string): Promise<number> {
  return (await world.as(token, "GET", "/user?q=nobody")).status;
}

function logout(world: SignInWorld, { id, token }: SignedIn, query = "") {
  return world.as(token, "PUT", `/user/${id}/logout${query}`);
}

function signOuts(world: SignInWorld): BusMessage[] {
  const heard: BusMessage[] = [];
  world.server.ctx.bus.subscribe((message) => message.type === "signed_out" && heard.push(message));
  return heard;
}

describe("case 36: signing out", () => {
  test("kills the presented token at once and no other", async () => {
    await using world = await createSignInWorld();
    const phone = await signUp(world);
    const laptop = await login(world);
    expect([await statusOf(world, phone.token), await statusOf(world, laptop.token)]).toEqual([200, 200]);
    const { session } = await authenticate(world.server.ctx, phone.token);
    const heard = signOuts(world);
    const answer = await logout(world, phone);
    expect([answer.status, answer.response]).toEqual([200, "success"]);
    expect([await statusOf(world, phone.token), await statusOf(world, laptop.token)]).toEqual([401, 200]);
    expect(heard as unknown[]).toEqual([{ type: "signed_out", user: phone.id, session }]);
    expect((await logout(world, phone)).status).toBe(401);
    await world.restart();
    expect([await statusOf(world, phone.token), await statusOf(world, laptop.token)]).toEqual([401, 200]);
  });

  test("lets no call that starts after its answer through, however many are under way", async () => {
    await using world = await createSignInWorld();
    const { ctx } = world.server;
    for (let round = 0; round < 30; round++) {
      const person = await (round === 0 ? signUp(world) : login(world));
      const viewer = await authenticate(ctx, person.token);
      // Reads that began before the end of the session must not bring it back into the cache.
      ctx.bus.publish({ type: "signed_out", user: viewer.id, session: viewer.session });
      const storm = Array.from({ length: 20 }, () => authenticate(ctx, person.token).catch(() => null));
      const out = logout(world, person);
      const more = Array.from({ length: 20 }, () => statusOf(world, person.token));
      expect((await out).status).toBe(200);
      expect(await authenticate(ctx, person.token).catch(String)).toBe("AppError: unauthenticated");
      expect(await statusOf(world, person.token)).toBe(401);
      await Promise.all([...storm, ...more]);
      expect(await statusOf(world, person.token)).toBe(401);
    }
  });

  test("everywhere ends every session and every ID token issued until now, of this person alone", async () => {
    await using world = await createSignInWorld();
    const other = await signUp(world, "ben@example.org");
    const jwt = await world.issuer.sign(world.claims());
    const phone = (
      await world.call("POST", "/user", { email: "ann@example.org", jwt_token: jwt, username: "A" })
    ).response;
    const laptop = (await world.call("POST", "/login", { email: "ann@example.org", jwt_token: jwt }))
      .response;
    const early = await world.issuer.sign(world.claims({ iat: Math.floor(world.clock.now() / 1_000) - 5 }));
    for (const token of [phone.token, laptop.token, jwt, early])
      expect(await statusOf(world, token)).toBe(200);
    const heard = signOuts(world);
    expect((await logout(world, phone, "?everywhere=true")).response).toBe("success");
    for (const token of [phone.token, laptop.token, jwt, early])
      expect(await statusOf(world, token)).toBe(401);
    for (const jwt_token of [jwt, early]) {
      const again = { email: "ann@example.org", jwt_token, username: "A" };
      expect((await world.call("POST", "/login", again)).status).toBe(401);
      expect((await world.call("POST", "/user", again)).status).toBe(401);
    }
    expect(heard).toContainEqual({ type: "signed_out", user: phone.id, session: null });
    expect(await statusOf(world, other.token)).toBe(200);
    world.clock.advance(1_000);
    const later = await world.issuer.sign(world.claims());
    expect(await statusOf(world, later)).toBe(200);
  });

  test("with an ID token refuses that token until it expires, whatever its signature looks like", async () => {
    await using world = await createSignInWorld();
    const claims = world.claims();
    const jwt = await world.issuer.sign(claims);
    const { id, token } = (await world.signUpWithToken({ sub: "subject-1", jti: "another token" })).response;
    expect(await statusOf(world, jwt)).toBe(200);
    expect((await logout(world, { id, token: jwt })).response).toBe("success");
    const resigned = await world.issuer.sign(claims);
    expect(resigned).not.toBe(jwt);
    expect([
      await statusOf(world, jwt),
      await statusOf(world, resigned),
      await statusOf(world, token),
    ]).toEqual([401, 401, 200]);
    expect((await world.call("POST", "/login", { email: "ann@example.org", jwt_token: jwt })).status).toBe(
      401,
    );
    await world.restart();
    world.clock.advance(hour + 59_000);
    expect(await statusOf(world, jwt)).toBe(401);
  });

  test("of a session refuses the ID token that opened it, and tells the sockets of both", async () => {
    await using world = await createSignInWorld();
    const jwt_token = await world.issuer.sign(world.claims());
    const body = { email: "ann@example.org", jwt_token, username: "Ann" };
    const person = (await world.call("POST", "/user", body)).response as SignedIn;
    const { session } = await authenticate(world.server.ctx, person.token);
    const { tokenHash } = await authenticate(world.server.ctx, jwt_token);
    const heard = signOuts(world);
    await logout(world, person);
    expect([await statusOf(world, person.token), await statusOf(world, jwt_token)]).toEqual([401, 401]);
    expect(heard.map((message) => message.type === "signed_out" && message.session).toSorted()).toEqual(
      [session, tokenHash].toSorted(),
    );
    expect((await world.call("POST", "/user", body)).status).toBe(401);
  });

  test("of somebody else is refused: 404 for a stranger, 403 for a friend, and nothing happens", async () => {
    await using world = await createSignInWorld();
    const { ann, ben, eve } = await world.people("ann", "ben", "eve");
    await world.befriend(ann, ben);
    expect((await eve.call("PUT", `/user/${ann.id}/logout`)).body["code"]).toBe("not_found");
    expect((await eve.call("PUT", `/user/unknown/logout`)).body["code"]).toBe("not_found");
    expect((await ben.call("PUT", `/user/${ann.id}/logout?everywhere=true`)).body["code"]).toBe("forbidden");
    for (const { token } of [ann, ben, eve]) expect(await statusOf(world, token)).toBe(200);
  });
});

/** The same server, with a store whose single rows arrive when the test says so. */
function withLateReads(ctx: Context, read: () => void, arrive: Promise<void>): Context {
  const session = sessionOf(ctx.db.read);
  const late = sqlOf({
    engine: session.engine,
    all: (text, parameters) => session.all(text, parameters),
    run: (text, parameters) => session.run(text, parameters),
    execute: (text, parameters) => session.execute(text, parameters),
    async first(text, parameters) {
      const row = await session.first(text, parameters);
      read();
      await arrive;
      return row;
    },
  });
  return { ...ctx, db: { ...ctx.db, read: late } };
}

test("case 36: what was read before a sign-out is not remembered after it", async () => {
  await using world = await createSignInWorld();
  const person = await signUp(world);
  const read = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const late = withLateReads(world.server.ctx, read.resolve, arrived.promise);
  const early = authenticate(late, person.token);
  await read.promise;
  expect((await logout(world, person)).status).toBe(200);
  arrived.resolve();
  expect((await early).id as string).toBe(person.id);
  expect(await authenticate(late, person.token).catch(String)).toBe("AppError: unauthenticated");
});

describe("case 36: a session", () => {
  test("ends 30 days after its last use", async () => {
    await using world = await createSignInWorld();
    const { token } = await signUp(world);
    world.clock.advance(30 * day - 1);
    expect(await statusOf(world, token)).toBe(200);
    await recorded(world, token, world.clock.now());
    world.clock.advance(30 * day - 1);
    expect(await statusOf(world, token)).toBe(200);
    await recorded(world, token, world.clock.now());
    const other = await login(world);
    world.clock.advance(29 * day);
    expect(await statusOf(world, other.token)).toBe(200);
    await recorded(world, other.token, world.clock.now());
    await world.restart();
    world.clock.advance(30 * day);
    expect(await statusOf(world, other.token)).toBe(401);
  });

  test("ends 90 days after sign-in, as its answer says, however often it is used", async () => {
    await using world = await createSignInWorld();
    const { token, expires_ms } = (await world.signUp("ann@example.org", "correct horse")).response;
    expect(expires_ms).toBe(world.clock.now() + 90 * day);
    for (let week = 0; week < 12; week++) {
      world.clock.advance(7 * day);
      expect(await statusOf(world, token)).toBe(200);
      await recorded(world, token, world.clock.now());
    }
    world.clock.advance(6 * day - 1);
    expect(await statusOf(world, token)).toBe(200);
    world.clock.advance(1);
    expect(await statusOf(world, token)).toBe(401);
  });

  test("writes its use at most once an hour", async () => {
    await using world = await createSignInWorld();
    const { token } = await signUp(world);
    const signedUpMs = world.clock.now();
    for (let minute = 0; minute < 59; minute++) {
      world.clock.advance(60_000);
      expect(await statusOf(world, token)).toBe(200);
    }
    await recorded(world, token, signedUpMs);
    world.clock.advance(60_000);
    const hourLaterMs = world.clock.now();
    await Promise.all(Array.from({ length: 10 }, () => statusOf(world, token)));
    await recorded(world, token, hourLaterMs);
    world.clock.advance(59 * 60_000);
    expect(await statusOf(world, token)).toBe(200);
    await recorded(world, token, hourLaterMs);
  });

  test("shows a new name at once", async () => {
    await using world = await createSignInWorld();
    const { id, token } = await signUp(world);
    await world.as(token, "PATCH", `/user/${id}`, { username: "Ann the Second" });
    expect((await authenticate(world.server.ctx, token)).username).toBe("Ann the Second");
  });
});

/** Waits for the write beside the call. */
async function recorded(world: SignInWorld, token: string, atMs: number): Promise<void> {
  const { db } = world.server.ctx;
  await until(async () => {
    const row = await db.read
      .selectFrom("session")
      .select("used_ms")
      .where("token_hash", "=", sha256(token))
      .executeTakeFirstOrThrow();
    return row.used_ms === atMs;
  });
}
