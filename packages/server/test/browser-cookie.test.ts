import { describe, expect, test } from "bun:test";
import { Browser } from "./support/browser.ts";
import { createSignInWorld, type SignInWorld } from "./support/identities.ts";
import { aboutFiles } from "./support/store-address.ts";

const ann = { email: "ann@example.org", password: "correct horse", username: "Ann" };
const evil = "https://evil.example";

async function signedIn(world: SignInWorld): Promise<{ browser: Browser; id: string }> {
  const browser = new Browser(world);
  const answer = await browser.call("POST", "/user", { ...ann, cookie: true });
  expect(answer.status).toBe(201);
  return { browser, id: answer.response.id };
}

describe("case 33: a browser's session", () => {
  test("travels in a cookie that no script reads, in place of the token", async () => {
    await using world = await createSignInWorld();
    const { browser, id } = await signedIn(world);
    const again = await browser.call("POST", "/login", { ...ann, cookie: true });
    expect(Object.keys(again.response)).toEqual(["id", "expires_ms"]);
    expect(browser.set.at(-1)).toMatch(
      /^jarvis=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=7776000; HttpOnly; SameSite=Lax$/,
    );
    const self = await browser.call("GET", `/user/${id}`, undefined, null);
    expect([self.status, self.response.email]).toEqual([200, ann.email]);
  });

  test("on https is bound to this very host, and to https", async () => {
    const origin = "https://jarvis.example";
    await using world = await createSignInWorld({ env: { JARVIS_PUBLIC_URL: origin } });
    const browser = new Browser(world);
    const refused = await browser.call("POST", "/user", { ...ann, cookie: true }, world.url);
    expect([refused.status, refused.body["code"], browser.set]).toEqual([403, "forbidden", []]);
    expect((await browser.call("POST", "/user", { ...ann, cookie: true }, origin)).status).toBe(201);
    expect(browser.set).toHaveLength(1);
    expect(browser.set[0]).toMatch(/^__Host-jarvis=.*; Path=\/; .*HttpOnly; SameSite=Lax; Secure$/);
    expect(browser.set[0]).not.toContain("Domain");
    expect((await browser.call("GET", "/user?q=ann", undefined, null)).status).toBe(200);
    const plain = { cookie: browser.cookieHeader.replace("__Host-", "") };
    expect((await world.call("GET", "/user?q=ann", undefined, plain)).status).toBe(401);
  });

  test("is a new one after every sign-in, and the one before is dead", async () => {
    await using world = await createSignInWorld();
    const { browser, id } = await signedIn(world);
    const first = browser.cookies.get("jarvis") ?? "";
    await browser.call("POST", "/login", { ...ann, cookie: true });
    const second = browser.cookies.get("jarvis") ?? "";
    expect(second).not.toBe(first);
    expect((await world.as(first, "GET", `/user/${id}`)).status).toBe(401);
    expect((await world.as(second, "GET", `/user/${id}`)).status).toBe(200);
    // What somebody planted before is neither taken over nor harmful.
    browser.cookies.set("jarvis", "planted-by-somebody-else-0123456789abcdefghi");
    expect((await browser.call("POST", "/login", { ...ann, cookie: true })).status).toBe(200);
    expect(browser.cookies.get("jarvis")).not.toContain("planted");
  });

  test.skipIf(aboutFiles)("is nowhere in the store, the log or an address in plain", async () => {
    await using world = await createSignInWorld();
    const { browser, id } = await signedIn(world);
    const token = browser.cookies.get("jarvis") ?? "";
    expect((await world.call("GET", `/user/${id}?token=${token}`)).status).toBe(401);
    await world.stop();
    const files = await Array.fromAsync(new Bun.Glob("*").scan({ cwd: world.directory, onlyFiles: true }));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const bytes = Buffer.from(await Bun.file(`${world.directory}/${file}`).arrayBuffer());
      expect(bytes.includes(token), file).toBe(false);
    }
    expect(JSON.stringify(world.logged)).not.toContain(token);
  });

  test("case 36: ends with a logout, which also takes the cookie away", async () => {
    await using world = await createSignInWorld();
    const { browser, id } = await signedIn(world);
    const held = browser.cookieHeader;
    expect((await browser.call("PUT", `/user/${id}/logout`)).response).toBe("success");
    expect(browser.set.at(-1)).toStartWith("jarvis=; Path=/; Max-Age=0; HttpOnly");
    expect(browser.cookies.size).toBe(0);
    expect((await world.call("GET", `/user/${id}`, undefined, { cookie: held })).status).toBe(401);
  });

  test("gives way to a bearer, also to one that is none", async () => {
    await using world = await createSignInWorld();
    const { browser, id } = await signedIn(world);
    const ben = await world.person("ben");
    const headers = { authorization: `Bearer ${ben.token}` };
    const other = await browser.call("GET", `/user/${ben.id}`, undefined, null, headers);
    expect(other.response.email).toBe(ben.email);
    for (const authorization of ["Bearer nonsense", "Basic abc", "Bearer"]) {
      const answer = await browser.call("GET", `/user/${id}`, undefined, null, { authorization });
      expect([authorization, answer.status]).toEqual([authorization, 401]);
    }
    // With a bearer, a page of any origin may write: no browser adds that by itself.
    const patch = await browser.call("PATCH", `/user/${ben.id}`, { locale: "de" }, evil, headers);
    expect(patch.status).toBe(200);
    const logout = await browser.call("PUT", `/user/${ben.id}/logout`, undefined, evil, headers);
    expect([logout.status, browser.cookies.size]).toEqual([200, 1]);
  });
});

describe("case 35: another site with our cookie", () => {
  const foreign = (url: string) => [
    null,
    "null",
    evil,
    `${url}.evil.example`,
    url.replace("http:", "https:"),
    url.replace(/:\d+$/, ":1"),
    url.replace("http:", "HTTP:"),
    `${url}/`,
    `${url} ${evil}`,
    "",
  ];

  test("changes nothing, whatever it sends", async () => {
    await using world = await createSignInWorld();
    const { browser, id } = await signedIn(world);
    for (const origin of foreign(world.url)) {
      const answers = [
        await browser.call("PATCH", `/user/${id}`, { username: "Owned" }, origin),
        await browser.call("PUT", `/user/${id}/logout`, undefined, origin),
        await browser.call("POST", "/event", { name: "x", duration: 60 }, origin),
        await browser.call("DELETE", `/user/${id}/blocks/${id}`, undefined, origin),
        await browser.call("POST", "/login", { ...ann, cookie: true }, origin),
      ];
      for (const answer of answers)
        expect([origin, answer.status, answer.body["code"]]).toEqual([origin, 403, "forbidden"]);
    }
    const self = await browser.call("GET", `/user/${id}`);
    expect([self.response.username, self.response.schedule]).toEqual(["Ann", []]);
  });

  test("gets no cookie set either, so that nobody is signed in to a stranger's account", async () => {
    await using world = await createSignInWorld();
    await signedIn(world);
    for (const origin of foreign(world.url)) {
      const victim = new Browser(world);
      const answer = await victim.call("POST", "/login", { ...ann, cookie: true }, origin);
      expect([origin, answer.status, victim.set]).toEqual([origin, 403, []]);
    }
  });

  test("has no form, no other method and no GET that does it", async () => {
    await using world = await createSignInWorld();
    const { browser, id } = await signedIn(world);
    for (const type of ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"]) {
      const headers = { "content-type": type, "x-http-method-override": "PUT" };
      const text = JSON.stringify({ ...ann, cookie: true });
      const foreign = await browser.call("POST", "/login", text, evil, headers);
      expect([type, foreign.status]).toEqual([type, 403]);
      const own = await browser.call("POST", "/login", text, undefined, headers);
      expect([type, own.status]).toEqual([type, 415]);
    }
    for (const query of ["?_method=PUT", "?_method=DELETE"]) {
      const headers = { "x-http-method-override": "DELETE", "x-http-method": "PUT" };
      const answer = await browser.call("GET", `/user/${id}/logout${query}`, undefined, evil, headers);
      expect(answer.status).toBe(405);
    }
    expect((await browser.call("GET", `/user/${id}`)).status).toBe(200);
  });

  test("may not read with it: CORS never speaks of credentials", async () => {
    const friend = "https://friend.example";
    await using world = await createSignInWorld({ env: { JARVIS_CORS_ORIGINS: friend } });
    const { browser, id } = await signedIn(world);
    for (const origin of [evil, friend, "null"]) {
      const preflight = await browser.call("OPTIONS", "/user", undefined, origin, {
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
      });
      const read = await browser.call("GET", `/user/${id}`, undefined, origin);
      for (const { headers } of [preflight, read]) {
        expect(headers.get("access-control-allow-credentials")).toBeNull();
        expect(headers.get("access-control-allow-origin")).toBe(origin === friend ? friend : null);
      }
    }
    // An origin that may call us with a token is still not our own.
    expect((await browser.call("PATCH", `/user/${id}`, { locale: "de" }, friend)).status).toBe(403);
  });
});
