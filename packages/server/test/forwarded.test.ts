import { describe, expect, test } from "bun:test";
import { contract, type Endpoint, rates } from "@jarvis/contract";
import { Browser } from "./support/browser.ts";
import { atIssuer, createCodeFlowWorld } from "./support/code-flow.ts";
import { forged, forgedAddress, forgedHost } from "./support/forged.ts";
import { createSignInWorld } from "./support/identities.ts";
import { RawConnection } from "./support/raw.ts";
import { TestSocket } from "./support/socket.ts";
import { createWorld, type World } from "./support/world.ts";

const publicUrl = "https://jarvis.example";
const owned = { JARVIS_PUBLIC_URL: publicUrl };
const ann = { email: "ann@example.org", password: "correct horse", username: "Ann", cookie: true };

/** The first answer to a request that is written by hand, from this loopback address. */
async function answerTo(
  world: World,
  head: string,
  headers: Record<string, string>,
  { body = "", localAddress = "127.0.0.1" } = {},
): Promise<{ status: number; text: string }> {
  const lines = Object.entries({ host: "localhost", "content-length": `${body.length}`, ...headers });
  const text = `${head} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`;
  using connection = new RawConnection(world.url, { localAddress });
  connection.send(text);
  await connection.until((one) => /\r\n\r\n(?:.|$)/s.test(one.text));
  return { status: Number(connection.text.slice(9, 12)), text: connection.text };
}

const upgrade = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  "sec-websocket-protocol": "jarvis.v1",
};

describe("case 62: what a request says of itself in a proxy's name changes nothing of", () => {
  test("who is calling: nobody stays nobody, at every call", async () => {
    await using world = await createWorld();
    const bob = await world.person("bob");
    const endpoints = Object.values(contract).flatMap((group) => Object.values<Endpoint>(group));
    for (const user of [bob.id, bob.email, bob.session, bob.token]) {
      for (const { method, path } of endpoints.filter(({ auth }) => auth === "session")) {
        const address = path.replaceAll(/\{\w+\}/g, bob.id);
        const { status } = await world.call(method, address, undefined, forged({ user }));
        expect([method, path, status]).toEqual([method, path, 401]);
      }
    }
  });

  test("who is calling: somebody stays who they are, over HTTP and over a socket", async () => {
    await using world = await createWorld();
    const { ann, bob } = await world.people("ann", "bob");
    for (const user of [bob.id, bob.email]) {
      const headers = forged({ user });
      expect((await ann.call("GET", `/user/${ann.id}`, undefined, headers)).response.email).toBe(ann.email);
      expect((await ann.call("GET", `/user/${bob.id}`, undefined, headers)).status).toBe(404);
      const event = await ann.call("POST", "/event", { name: "Dinner", duration: 60 }, headers);
      expect([event.status, event.response.owner]).toEqual([201, ann.email]);
      const { id } = event.response;
      const said = await ann.call("POST", `/chat/${id}/messages`, { text: "hi", client_id: user }, headers);
      expect([said.status, said.response.author.id]).toEqual([201, ann.id]);
      // Neither another method nor another path is done than was asked for.
      expect((await ann.call("GET", `/event/${id}`, undefined, headers)).response.name).toBe("Dinner");
      expect((await ann.call("GET", `/event/${id}`)).status).toBe(200);
      await using socket = await new TestSocket(world.url, ["jarvis.v1"], headers).opened();
      socket.send({ type: "hello", token: ann.token });
      expect((await socket.next("welcome")).user).toBe(ann.id);
    }
  });

  test("rates: nobody has more by naming another address, or uses up another's", async () => {
    await using world = await createSignInWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
    await world.signUp(ann.email, ann.password);
    const signIn = async (password: string, localAddress: string, address: string) => {
      const headers = { "content-type": "application/json", ...forged({ address, user: address }) };
      const body = JSON.stringify({ email: ann.email, password });
      return (await answerTo(world, "POST /login", headers, { body, localAddress })).status;
    };
    const { points } = rates.signIn;
    const statuses: number[] = [];
    for (let i = 0; i < 2 * points; i++)
      statuses.push(await signIn("a guess", "127.0.0.5", `198.51.100.${i}`));
    expect(statuses).toEqual([...Array<number>(points).fill(401), ...Array<number>(points).fill(429)]);
    for (let i = 0; i < points - 1; i++) expect(await signIn("a guess", "127.0.0.6", "127.0.0.7")).toBe(401);
    expect(await signIn(ann.password, "127.0.0.7", "127.0.0.5")).toBe(200);
    expect(await signIn(ann.password, "127.0.0.5", "127.0.0.7")).toBe(429);
  });

  test("rates: a trusted proxy says where its callers are, and nobody else does (case 37)", async () => {
    const env = { JARVIS_RATE_LIMITS: "on", JARVIS_TRUSTED_PROXIES: "127.0.0.5" };
    await using world = await createSignInWorld({ env });
    await world.signUp(ann.email, ann.password);
    const signIn = async (password: string, localAddress: string, forwarded: string) => {
      const headers = { "content-type": "application/json", "x-forwarded-for": forwarded };
      const body = JSON.stringify({ email: ann.email, password });
      return (await answerTo(world, "POST /login", headers, { body, localAddress })).status;
    };
    const { points } = rates.signIn;
    const guesses = [];
    for (let i = 0; i < 2 * points; i++)
      guesses.push(await signIn("a guess", "127.0.0.5", `198.51.100.${i}, 192.0.2.66`));
    expect(guesses).toEqual([...Array<number>(points).fill(401), ...Array<number>(points).fill(429)]);
    // Behind the same proxy, from another address; and directly, whatever is claimed.
    expect(await signIn(ann.password, "127.0.0.5", "192.0.2.7")).toBe(200);
    expect(await signIn(ann.password, "127.0.0.6", "192.0.2.66")).toBe(200);
    expect(await signIn(ann.password, "127.0.0.5", "192.0.2.66")).toBe(429);
  });

  test("rates: a person's own are counted as theirs", async () => {
    await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
    const { ann, bob } = await world.people("ann", "bob");
    const search = async () =>
      (await ann.call("GET", "/user?q=bob", undefined, forged({ user: bob.id }))).status;
    for (let i = 0; i < rates.search.points; i++) expect(await search()).toBe(200);
    expect(await search()).toBe(429);
    expect((await bob.call("GET", "/user?q=ann")).status).toBe(200);
  });

  test.each([
    ["no public URL", {}],
    ["a public URL", owned],
  ])("links, cookies and documents, with %s", async (_, env) => {
    await using world = await createCodeFlowWorld({ env });
    const own = "JARVIS_PUBLIC_URL" in env ? publicUrl : world.url;
    const proto = own.startsWith("https:") ? "http" : "https";
    const headers = forged({ proto });
    const ada = await world.person("ada");
    const made = (more: object) => ada.call("POST", "/event", { name: "Dinner", duration: 60 }, { ...more });
    const chat = (answer: Awaited<ReturnType<typeof made>>) =>
      String(answer.response.chat_url).replace(String(answer.response.id), "");
    expect(chat(await made(headers))).toBe(chat(await made({})));

    const browser = new Browser(world);
    const start = await browser.call("GET", "/auth/main/start", undefined, null, headers);
    const { searchParams } = new URL(start.headers.get("location") ?? "");
    expect(searchParams.get("redirect_uri")).toBe(`${own}/auth/main/callback`);
    const back = await atIssuer(browser);
    const end = await browser.call("GET", back, undefined, null, headers);
    expect([end.status, end.headers.get("location")]).toEqual([303, "/app/"]);

    const plain = await world.call("GET", "/asyncapi.json");
    const told = await world.call("GET", "/asyncapi.json", undefined, headers);
    expect(told.body).toEqual(plain.body);
    expect((await world.call("GET", "/openapi.json", undefined, headers)).body).toEqual(
      (await world.call("GET", "/openapi.json")).body,
    );
    const secure = own === publicUrl;
    expect(told.headers.has("strict-transport-security")).toBe(secure);
    for (const cookie of browser.set) {
      expect([cookie, cookie.includes("Secure"), cookie.startsWith("__Host-")]).toEqual([
        cookie,
        secure,
        secure,
      ]);
    }
    expect([...browser.cookies.keys()].length).toBe(1);
  });

  test.each([
    ["no public URL", {}],
    ["a public URL", owned],
  ])("our own origin, with %s", async (_, env) => {
    await using world = await createSignInWorld({ env });
    const own = "JARVIS_PUBLIC_URL" in env ? publicUrl : world.url;
    const headers = forged();
    const browser = new Browser(world);
    const { id } = (await browser.call("POST", "/user", ann, own, headers)).response;
    const rename = async (origin: string) =>
      (await browser.call("PATCH", `/user/${id}`, { username: "Eve" }, origin, headers)).status;
    const cookie = { cookie: browser.cookieHeader };
    const shake = async (origin: string) =>
      (
        await answerTo(world, "GET /realtime", {
          ...upgrade,
          ...cookie,
          ...headers,
          host: new URL(own).host,
          origin,
        })
      ).status;
    for (const origin of [`https://${forgedHost}`, `http://${forgedHost}`, `https://${forgedAddress}`]) {
      expect([origin, await rename(origin), await shake(origin)]).toEqual([origin, 403, 403]);
    }
    expect([await rename(own), await shake(own)]).toEqual([200, 101]);
  });

  test("the host that was asked for", async () => {
    await using world = await createWorld({ env: owned });
    const ours = { "x-forwarded-host": "jarvis.example", forwarded: "host=jarvis.example" };
    for (const [host, headers, plain, shaken] of [
      [forgedHost, ours, 421, 421],
      [forgedHost, { ...ours, "x-original-host": "localhost", "x-host": "localhost" }, 421, 421],
      ["jarvis.example", forged(), 200, 101],
      ["localhost", forged(), 200, 101],
    ] as const) {
      const statuses = [
        (await answerTo(world, "GET /health", { ...headers, host })).status,
        (await answerTo(world, "GET /realtime", { ...headers, ...upgrade, host })).status,
      ];
      expect([host, ...statuses]).toEqual([host, plain, shaken]);
    }
  });

  test("the log, and no answer repeats it", async () => {
    await using world = await createCodeFlowWorld({ env: { JARVIS_LOG_LEVEL: "debug" } });
    const ada = await world.person("ada");
    const answers = [
      await ada.call("GET", `/user/${ada.id}`, undefined, forged()),
      await ada.call("GET", "/nowhere", undefined, forged()),
      await ada.call("POST", "/event", "{", forged()),
      await world.call("GET", "/user?q=ada", undefined, forged()),
      await world.call("POST", "/login", { email: ada.email, password: "a guess" }, forged()),
      await world.call("GET", "/auth/main/start", undefined, forged()),
      await world.call("GET", "/metrics", undefined, forged({ address: "127.0.0.1" })),
      await world.call("GET", "/health", undefined, { ...forged(), host: forgedHost }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 400, 401, 401, 303, 404, 421]);
    const requests = world.logged.filter(({ message }) => message === "request");
    expect(requests.length).toBe(answers.length);
    const everything = JSON.stringify([
      world.logged,
      answers.map(({ body, headers }) => [body, [...headers]]),
    ]);
    for (const text of [forgedHost, forgedAddress]) expect(everything).not.toContain(text);
  });
});
