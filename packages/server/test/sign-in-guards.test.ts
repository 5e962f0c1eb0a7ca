import { describe, expect, test } from "bun:test";
import { contract, type Endpoint } from "@jarvis/contract";
import type { Peer } from "../src/http/bind.ts";
import { createSignInWorld, type SignInWorld } from "./support/identities.ts";

/** A call as it comes from this address. */
async function callFrom(
  world: SignInWorld,
  address: string,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const peer: Peer = { requestIP: () => ({ address }), timeout: () => {} };
  const headers = { "content-type": "application/json", host: "localhost", ...Object(init.headers) };
  return world.server.app.fetch(new Request(`http://localhost${path}`, { ...init, headers }), peer);
}

function guess(world: SignInWorld, address: string, password: string, headers = {}): Promise<Response> {
  const body = JSON.stringify({ email: "ann@example.org", password });
  return callFrom(world, address, "/login", { method: "POST", body, headers });
}

describe("case 37: twenty guesses a minute", () => {
  test("are stopped for their source, and harm nobody else", async () => {
    await using world = await createSignInWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
    const ann = await world.person("ann");
    await world.signUp("ann@example.org", "correct horse");
    const statuses: number[] = [];
    for (let i = 0; i < 20; i++) {
      // What the caller says about itself does not make it another source.
      const spoofed = { "x-forwarded-for": `198.51.100.${i}`, forwarded: `for=198.51.100.${i}` };
      statuses.push((await guess(world, "203.0.113.9", `guess ${i}`, spoofed)).status);
    }
    expect(statuses).toEqual([...Array<number>(10).fill(401), ...Array<number>(10).fill(429)]);
    const stopped = await guess(world, "203.0.113.9", "correct horse");
    expect(stopped.status).toBe(429);
    expect(Number(stopped.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await guess(world, "203.0.113.10", "correct horse")).status).toBe(200);
    // Behind the same address: who is signed in stays so, and the account is not locked.
    const headers = { authorization: `Bearer ${ann.token}` };
    expect((await callFrom(world, "203.0.113.9", "/user?q=ann", { headers })).status).toBe(200);
  });

  test("are counted over all ways to sign in together", async () => {
    await using world = await createSignInWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
    const paths = ["/login", "/user", "/auth/passkey/login/verify", "/auth/passkey/login/options"];
    for (let i = 0; i < 10; i++) {
      const path = paths[i % paths.length] ?? "/login";
      expect((await callFrom(world, "203.0.113.9", path, { method: "POST", body: "{}" })).status).not.toBe(
        429,
      );
    }
    for (const path of paths)
      expect((await callFrom(world, "203.0.113.9", path, { method: "POST", body: "{}" })).status).toBe(429);
    expect((await callFrom(world, "203.0.113.9", "/auth/google/start")).status).toBe(429);
    expect((await callFrom(world, "203.0.113.9", "/auth/google/callback?code=a")).status).toBe(429);
  });
});

describe("case 40: no way in but the declared ones", () => {
  const endpoints = Object.values(contract).flatMap((group) => Object.values<Endpoint>(group));
  const name = ({ method, path }: Endpoint) => `${method} ${path}`;

  test("everything else asks who is calling", () => {
    const open = endpoints.filter(({ auth }) => auth === "none").map(name);
    expect(open.toSorted()).toEqual([
      "GET /auth/google/calendar/callback", // asks for the browser's session itself, to lead it back with an error
      "GET /auth/{issuer}/callback",
      "GET /auth/{issuer}/start",
      "GET /calendar/{secret}.ics", // the secret says who is calling
      "GET /freebusy/{secret}.ics",
      "GET /health",
      "GET /ready",
      "POST /auth/passkey/login/options",
      "POST /auth/passkey/login/verify",
      "POST /login",
      "POST /user",
    ]);
  });

  test.each(["production", "development", "staging", "test", ""])("with NODE_ENV=%j", async (mode) => {
    const before = process.env["NODE_ENV"];
    process.env["NODE_ENV"] = mode;
    try {
      await using world = await createSignInWorld();
      for (const endpoint of endpoints.filter(({ auth }) => auth === "session")) {
        const path = endpoint.path.replaceAll(/\{\w+\}/g, "1");
        const headers = { "x-user": "1", "x-debug": "1", authorization: "Bearer test" };
        expect([
          name(endpoint),
          (await world.call(endpoint.method, path, undefined, headers)).status,
        ]).toEqual([name(endpoint), 401]);
      }
    } finally {
      process.env["NODE_ENV"] = before;
    }
  });

  test("the server does not know of modes, nor of anybody who need not sign in", async () => {
    const files = await Array.fromAsync(
      new Bun.Glob("**/*.ts").scan({ cwd: `${import.meta.dir}/../src`, absolute: true }),
    );
    expect(files.length).toBeGreaterThan(100);
    for (const file of files.filter((path) => !path.endsWith(".test.ts"))) {
      const text = await Bun.file(file).text();
      expect([
        file,
        /NODE_ENV|\bdev(elopment)?[-_ ]?(login|user|token)\b|impersonat|backdoor/i.test(text),
      ]).toEqual([file, false]);
    }
  });
});
