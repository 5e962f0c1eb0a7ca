import { expect, test } from "bun:test";
import { contract, type Endpoint } from "@jarvis/contract";
import { movedClock } from "../test/support/moved-clock.ts";
import { createClient } from "./client.ts";
import { JarvisError, JarvisNetworkError } from "./errors.ts";

/** A client whose requests are recorded and answered from a list. */
function recorded(...answers: (Response | Error)[]) {
  const requests: { url: string; init: RequestInit }[] = [];
  const client = createClient({
    baseUrl: "http://jarvis.test/base/",
    token: "secret",
    fetch: (url, init) => {
      requests.push({ url, init });
      const answer = answers.shift() ?? new Error("no answer is left");
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  });
  return { client, requests };
}

function ok(response: unknown, more: object = {}): Response {
  return Response.json({ response, ...more });
}

async function errorOf(calling: Promise<unknown>): Promise<unknown> {
  return calling.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("has a method for every endpoint, except those that send a browser elsewhere or do not end", () => {
  const { client } = recorded();
  for (const [feature, endpoints] of Object.entries(contract)) {
    const methods = Object.entries(client).find(([name]) => name === feature)?.[1];
    const callable = Object.entries<Endpoint>(endpoints).filter(
      ([, { redirect, events }]) => !redirect && !events,
    );
    expect(Object.keys(methods ?? {})).toEqual(callable.map(([name]) => name));
  }
});

test("says where to send a browser to sign in with an issuer", () => {
  const { client } = recorded();
  const url = new URL(client.signInUrl("my issuer", "/app/events?x=1&y=2"));
  expect([url.pathname, url.searchParams.get("return")]).toEqual([
    "/base/auth/my%20issuer/start",
    "/app/events?x=1&y=2",
  ]);
  expect(client.signInUrl("google")).toEndWith("/auth/google/start");
});

test("no endpoint uses one argument name in two places, which flat arguments could not tell apart", () => {
  const all = Object.values(contract).flatMap((endpoints) => Object.values<Endpoint>(endpoints));
  for (const { path, query, body } of all) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
    const inUrl = [...inPath, ...Object.keys(query?.shape ?? {})];
    const inBody = body && "shape" in body ? Object.keys(Object(body.shape)) : [];
    expect([path, inUrl.filter((name) => inBody.includes(name))]).toEqual([path, []]);
  }
});

test("puts flat arguments where the endpoint wants them", async () => {
  const { client, requests } = recorded(ok("pending"), ok([]), ok({}), ok("success"));
  expect(await client.friends.requestFriend({ id: "a/b", from: "me" })).toBe("pending");
  expect(await client.chat.listMessages({ id: "c", after: 3, limit: 10 })).toEqual({
    items: [],
    nextCursor: null,
  });
  await client.chat.editMessage({ id: "c", seq: 7, text: "x" }, { ifMatch: 3 });
  await client.accounts.logout({ id: "me", everywhere: undefined });
  expect(requests.map(({ url, init }) => [init.method, url, init.body])).toEqual([
    ["POST", "http://jarvis.test/base/user/a%2Fb/friend_request", '{"from":"me"}'],
    ["GET", "http://jarvis.test/base/chat/c/messages?after=3&limit=10", undefined],
    ["PATCH", "http://jarvis.test/base/chat/c/messages/7", '{"text":"x"}'],
    ["PUT", "http://jarvis.test/base/user/me/logout", undefined],
  ]);
  expect(requests[2]?.init.headers).toEqual({
    accept: "application/json",
    "content-type": "application/json",
    authorization: "Bearer secret",
    "if-match": '"3"',
  });
});

test("sends no id that would climb out of its path", async () => {
  const { client, requests } = recorded();
  for (const id of ["", ".", ".."]) {
    expect(await errorOf(client.events.getEvent({ id }))).toBeInstanceOf(TypeError);
  }
  expect(requests).toEqual([]);
});

test("goes on with the token of whoever signed in, and shows it to no one who needs none", async () => {
  const { client, requests } = recorded(ok({ id: "me", token: "new", expires_ms: 1 }), ok({ id: "me" }));
  await client.signIn({ email: "a@example.org", password: "long enough" });
  await client.accounts.getUser({ id: "me" });
  expect(client.token).toBe("new");
  const sent = requests.map(({ init }) => new Headers(init.headers).get("authorization"));
  expect(sent).toEqual([null, "Bearer new"]);
});

test("walks all pages of a list", async () => {
  const { client, requests } = recorded(ok(["a", "b"], { next_cursor: "x y" }), ok(["c"]));
  const seen: unknown[] = [];
  for await (const friend of client.pages(client.friends.listFriends, { id: "me", limit: 2 }))
    seen.push(friend);
  expect(seen).toEqual(["a", "b", "c"]);
  expect(requests[1]?.url).toEndWith("/user/me/friends?limit=2&cursor=x%20y");
});

test("throws what the server's problem document says", async () => {
  const problem = { code: "too_many_requests", status: 429, detail: "slow down", request_id: "r1" };
  const { client } = recorded(Response.json(problem, { status: 429, headers: { "retry-after": "7" } }));
  const error = await errorOf(client.operations.health());
  expect(error).toBeInstanceOf(JarvisError);
  expect(error).toMatchObject({ code: problem.code, status: 429, detail: "slow down", retryAfterS: 7 });
  expect(error).toMatchObject({ requestId: "r1", errors: [] });
});

test("keeps a code that it does not know", async () => {
  const { client } = recorded(Response.json({ code: "moon_phase", detail: "wait" }, { status: 409 }));
  expect(await errorOf(client.operations.health())).toMatchObject({ code: "moon_phase", status: 409 });
});

test("tells a proxy's page, a broken answer and silence apart", async () => {
  const { client } = recorded(
    new Response("<h1>", { status: 502 }),
    new Response("ok"),
    new TypeError("refused"),
  );
  expect(await errorOf(client.operations.health())).toMatchObject({ code: "invalid_answer", status: 502 });
  expect(await errorOf(client.operations.health())).toMatchObject({ code: "invalid_answer", status: 200 });
  const error = await errorOf(client.operations.health());
  expect(error).toBeInstanceOf(JarvisNetworkError);
  expect(error).toMatchObject({ cause: new TypeError("refused") });
});

test("throws the signal's reason where the caller gave up", async () => {
  const { client } = recorded(new DOMException("given up", "AbortError"));
  const signal = AbortSignal.abort();
  expect(await errorOf(client.operations.health({}, { signal }))).toMatchObject({ name: "AbortError" });
});

test("refuses an address that is not http", () => {
  for (const baseUrl of ["ftp://jarvis.test", "jarvis.test", "http://", ""]) {
    expect(() => createClient({ baseUrl })).toThrow("no http address");
  }
});

test("repeats a call where it is told to, as late as the server asks and a random while later", async () => {
  const clock = movedClock();
  let calls = 0;
  const refused = () =>
    new Response('{"code":"unavailable"}', { status: 503, headers: { "retry-after": "2" } });
  const limited = () =>
    new Response('{"code":"too_many_requests"}', { status: 429, headers: { "retry-after": "999" } });
  const answers = [refused, limited, () => new Response('{"response":{"seq":1}}')];
  const client = createClient({
    baseUrl: "http://jarvis.test",
    fetch: async () => answers[calls++]?.() ?? refused(),
    random: { fraction: () => 0.5, id: () => "id" },
    clock,
  });
  const marking = client.chat.markRead({ id: "e", seq: 1 }, { retries: 2 });
  const waits = [];
  while (waits.length < 2) {
    await new Promise((resolve) => setImmediate(resolve));
    waits.push(clock.nextMs());
    clock.advance(clock.nextMs() ?? 0);
  }
  expect(await marking).toEqual({ seq: 1 });
  expect(waits).toEqual([2_500, 67_500]); // a minute at most, and a random part of a quarter of it
  const creating = client.events.createEvent({ name: "Tea", duration: 60 }, { retries: 2 });
  expect(creating).rejects.toThrow("unavailable"); // it may have been carried out
});
