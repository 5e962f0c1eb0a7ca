import { describe, expect, test } from "bun:test";
import { createSignInWorld, type SignInWorld } from "./support/identities.ts";
import { newEvent, send } from "./support/party.ts";
import { connect, epochOf, TestSocket } from "./support/socket.ts";

const day = 24 * 60 * 60_000;
const password = "correct horse";

/** Whose session or ID token ends, and what they hold. */
interface Subject {
  readonly world: SignInWorld;
  readonly id: string;
  readonly token: string;
}

async function login(world: SignInWorld): Promise<string> {
  return (await world.call("POST", "/login", { email: "sue@example.org", password })).response.token;
}

async function withPassword(world: SignInWorld): Promise<Subject> {
  const { id, token } = (await world.signUp("sue@example.org", password, "Sue")).response;
  return { world, id, token };
}

async function withIdToken(world: SignInWorld): Promise<Subject> {
  const claims = world.claims({ sub: "sue", email: "sue@example.org" });
  const { id } = (await world.signUpWithToken(claims)).response;
  world.clock.advance(1_000);
  const token = await world.issuer.sign(world.claims({ sub: "sue", email: "sue@example.org" }));
  return { world, id, token };
}

/** What ends it. Nothing of it moves the clock further than to the moment at which it ends. */
const endings: Record<string, [typeof withPassword, (subject: Subject) => Promise<unknown>]> = {
  "signing out": [withPassword, ({ world, id, token }) => world.as(token, "PUT", `/user/${id}/logout`)],
  "signing out an ID token": [
    withIdToken,
    ({ world, id, token }) => world.as(token, "PUT", `/user/${id}/logout`),
  ],
  "signing out everywhere, elsewhere": [
    withPassword,
    async ({ world, id }) => world.as(await login(world), "PUT", `/user/${id}/logout?everywhere=true`),
  ],
  "being revoked, elsewhere": [
    withPassword,
    async ({ world, id, token }) => {
      const list = (await world.as(token, "GET", `/user/${id}/access`)).response;
      const { id: access } = list.find(({ current }: { current: boolean }) => current);
      return world.as(await login(world), "DELETE", `/user/${id}/access/${access}`);
    },
  ],
  "a new password, elsewhere": [
    withPassword,
    async ({ world, id }) =>
      world.as(await login(world), "PUT", `/user/${id}/password`, { old: password, new: "battery staple 7" }),
  ],
  "erasing the account": [withPassword, ({ world, id, token }) => world.as(token, "DELETE", `/user/${id}`)],
  "the 90th day": [withPassword, async ({ world }) => world.clock.advance(90 * day)],
  "the ID token's expiry": [withIdToken, async ({ world }) => world.clock.advance(3_600_000 + 60_000)],
};

describe("case 36: three sockets and the calls of one sign-in end with it, and nothing brings them back", () => {
  test.each(Object.keys(endings))("%s", async (name) => {
    const [signIn, end] = endings[name] as (typeof endings)[string];
    await using world = await createSignInWorld();
    const subject = await signIn(world);
    const { ann } = await world.people("ann");
    const sue = { ...ann, id: subject.id } as typeof ann;
    const chat = await newEvent(ann, sue);
    const sockets = await Promise.all([1, 2, 3].map(() => connect(world.url, subject)));
    const [first] = sockets as [TestSocket];
    const epoch = await epochOf(first);
    expect((await world.as(subject.token, "GET", `/chat/${chat}`)).status).toBe(200);
    await end(subject);
    for (const socket of sockets) expect(await socket.closed).toBe(4401);
    const counts = sockets.map(({ frames }) => frames.length);
    if (name !== "the 90th day") await send(ann, chat, "behind her back");
    const late = await new TestSocket(world.url).opened();
    late.send({ type: "hello", token: subject.token, epoch, resume: { [`event:${chat}`]: 0 } });
    expect(await late.closed).toBe(4401);
    expect(late.frames.map(({ type }) => type)).toEqual(["error"]);
    expect((await world.as(subject.token, "GET", `/chat/${chat}`)).status).toBe(401);
    expect(sockets.map(({ frames }) => frames.length)).toEqual(counts);
    expect(JSON.stringify(sockets.map(({ frames }) => frames))).not.toContain("behind");
  });
});

describe("case 36: a session and its connections", () => {
  test("a connection keeps its session in use, and 30 days after the last one ended it is over", async () => {
    await using world = await createSignInWorld();
    const subject = await withPassword(world);
    const socket = await connect(world.url, subject);
    for (let week = 0; week < 6; week++) {
      world.clock.advance(7 * day);
      await socket.flushed();
    }
    const { token, id } = subject;
    expect((await world.as(token, "GET", `/user/${id}/friends`)).status).toBe(200);
    await socket[Symbol.asyncDispose]();
    world.clock.advance(30 * day);
    expect((await world.as(token, "GET", `/user/${id}/friends`)).status).toBe(401);
    const late = await new TestSocket(world.url).opened();
    late.send({ type: "hello", token });
    expect(await late.closed).toBe(4401);
  });

  test("only its own: those of another sign-in of the same person, and of others, go on", async () => {
    await using world = await createSignInWorld();
    const subject = await withPassword(world);
    const { ann } = await world.people("ann");
    await using others = await connect(world.url, ann);
    await using second = await connect(world.url, { token: await login(world) });
    const first = await connect(world.url, subject);
    await world.as(subject.token, "PUT", `/user/${subject.id}/logout`);
    expect(await first.closed).toBe(4401);
    await Promise.all([others.flushed(), second.flushed()]);
  });
});
