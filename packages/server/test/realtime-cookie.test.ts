import { describe, expect, test } from "bun:test";
import { connect as connectTcp } from "node:net";
import { Browser } from "./support/browser.ts";
import { createSignInWorld, type SignInWorld } from "./support/identities.ts";
import { TestSocket } from "./support/socket.ts";

const ann = { email: "ann@example.org", password: "correct horse", username: "Ann", cookie: true };

async function signedIn(world: SignInWorld, origin?: string): Promise<{ browser: Browser; id: string }> {
  const browser = new Browser(world);
  return { browser, id: (await browser.call("POST", "/user", ann, origin)).response.id };
}

/** The bytes that a server answers a handshake with, until it closes or has switched protocols. */
function handshake(url: string, headers: Record<string, string>): Promise<string> {
  const { hostname, port, host } = new URL(url);
  const all = {
    host,
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-protocol": "jarvis.v1",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connectTcp(Number(port), hostname, () => {
      socket.write(`GET /realtime HTTP/1.1\r\n${lines.join("")}\r\n`);
    });
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (text.includes("\r\n\r\n")) socket.end();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}

describe("case 34: a handshake with our cookie", () => {
  test("is refused before the upgrade unless it comes from our own origin", async () => {
    await using world = await createSignInWorld();
    const { browser } = await signedIn(world);
    const { url } = world;
    const foreign = [
      undefined,
      "null",
      "https://evil.example",
      `${url}.evil.example`,
      url.replace("http:", "https:"),
      url.toUpperCase(),
      url.replace(/:\d+$/, ":1"),
      url.replace(/:\d+$/, ""),
    ];
    for (const origin of foreign) {
      const answer = await handshake(url, { cookie: browser.cookieHeader, ...(origin ? { origin } : {}) });
      expect([origin, answer.split("\r\n")[0]]).toEqual([origin, "HTTP/1.1 403 Forbidden"]);
      expect(answer).toContain('"code":"forbidden"');
    }
    const own = await handshake(url, { cookie: browser.cookieHeader, origin: url });
    expect(own).toStartWith("HTTP/1.1 101");
  });

  test("knows the public URL's origin alone where one is set", async () => {
    const origin = "https://jarvis.example";
    await using world = await createSignInWorld({ env: { JARVIS_PUBLIC_URL: origin } });
    const { browser } = await signedIn(world, origin);
    const status = async (from: string) =>
      (
        await handshake(world.url, { host: "jarvis.example", cookie: browser.cookieHeader, origin: from })
      ).slice(9, 12);
    const foreign = [
      "http://jarvis.example",
      "https://jarvis.example:8443",
      `${origin}.evil.example`,
      world.url,
    ];
    expect(await Promise.all(foreign.map(status))).toEqual(["403", "403", "403", "403"]);
    expect(await status(origin)).toBe("101");
  });

  test("without a cookie may come from anywhere: it says its token in the hello", async () => {
    await using world = await createSignInWorld();
    expect(await handshake(world.url, { origin: "https://evil.example" })).toStartWith("HTTP/1.1 101");
    expect(await handshake(world.url, {})).toStartWith("HTTP/1.1 101");
  });
});

describe("case 36: a socket that a cookie signed in", () => {
  /** Bun's WebSocket takes headers, which a browser sends by itself. */
  async function open(world: SignInWorld, browser: Browser): Promise<TestSocket> {
    const headers = { cookie: browser.cookieHeader, origin: world.url };
    return new TestSocket(world.url, ["jarvis.v1"], headers).opened();
  }

  test("needs no token in its hello, and ends with the session", async () => {
    await using world = await createSignInWorld();
    const { browser, id } = await signedIn(world);
    await using socket = await open(world, browser);
    socket.send({ type: "hello" });
    const { user } = await socket.next("welcome");
    expect<string>(user).toBe(id);
    await browser.call("PUT", `/user/${id}/logout`);
    expect(await socket.closed).toBe(4401);
  });

  test("is proven at the hello: a session that ended since the handshake is none", async () => {
    await using world = await createSignInWorld();
    const { browser, id } = await signedIn(world);
    await using socket = await open(world, browser);
    await browser.call("PUT", `/user/${id}/logout`);
    socket.send({ type: "hello" });
    expect(await socket.closed).toBe(4401);
    expect(socket.of("welcome")).toEqual([]);
  });

  test("is whose token the hello says, where it says one", async () => {
    await using world = await createSignInWorld();
    const { browser } = await signedIn(world);
    const ben = await world.person("ben");
    await using socket = await open(world, browser);
    socket.send({ type: "hello", token: ben.token });
    expect((await socket.next("welcome")).user).toBe(ben.id);
    await using wrong = await open(world, browser);
    wrong.send({ type: "hello", token: "nonsense" });
    expect(await wrong.closed).toBe(4401);
  });
});
