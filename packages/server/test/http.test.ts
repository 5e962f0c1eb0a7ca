import { expect, test } from "bun:test";
import { problem, rates } from "@jarvis/contract";
import { sql } from "kysely";
import { type Answer, createWorld } from "./support/world.ts";

test.each([
  ["GET", "/nothing"],
  ["POST", "/nothing"],
  ["GET", "/user/"],
  ["GET", "/user//friends"],
  ["GET", "/USER"],
  ["GET", "/events"],
  ["GET", "/.env"],
  ["GET", "/../package.json"],
  ["GET", "/docs/../package.json"],
  ["GET", "/docs/%2e%2e%2fpackage.json"],
  ["GET", "/docs/swagger-ui-dist"],
  ["GET", "/docs/__proto__"],
  ["GET", "/%00"],
  ["GET", "/%"],
  ["PROPFIND", "/coffee"],
])("%s %s is not there", async (method, path) => {
  await using world = await createWorld();
  expectProblem(await world.call(method, path), 404, "not_found");
});

test("a method that a path does not have is refused with those that it has", async () => {
  await using world = await createWorld();
  const login = await world.call("GET", "/login");
  expectProblem(login, 405, "method_not_allowed");
  expect(login.headers.get("allow")).toBe("POST, OPTIONS");
  const user = await world.call("DELETE", "/user");
  expectProblem(user, 405, "method_not_allowed");
  expect(user.headers.get("allow")?.split(", ").toSorted()).toEqual(["GET", "HEAD", "OPTIONS", "POST"]);
  expectProblem(await world.call("PROPFIND", "/health"), 405, "method_not_allowed");
});

test("OPTIONS says what there is, HEAD answers as GET without the body", async () => {
  await using world = await createWorld();
  const options = await world.call("OPTIONS", "/health");
  expect([options.status, options.headers.get("allow")]).toEqual([204, "GET, HEAD, OPTIONS"]);
  expectProblem(await world.call("OPTIONS", "/nothing"), 404, "not_found");
  const head = await fetch(`${world.url}/health`, { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
  expect(head.headers.get("content-type")).toStartWith("application/json");
});

test("whoever is nobody learns nothing from a path: the same answer for what is and what is not there", async () => {
  await using world = await createWorld();
  const { ada } = await world.people("ada");
  const answers = await Promise.all(
    [`/user/${ada.id}`, "/user/unknown", "/event/unknown", `/chat/${ada.id}`].map((path) =>
      world.call("GET", path),
    ),
  );
  for (const answer of answers) {
    expectProblem(answer, 401, "unauthenticated");
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  }
});

test("every answer to somebody signed in forbids storing, whether it succeeds or fails", async () => {
  await using world = await createWorld();
  const { ada } = await world.people("ada");
  const answers = [
    await ada.call("GET", `/user/${ada.id}`),
    await ada.call("GET", "/event/unknown"),
    await ada.call("POST", "/event", {}),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 404, 400]);
  for (const { headers } of answers) expect(headers.get("cache-control")).toBe("no-store");
});

test.each(["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:3000"])(
  "a request for the host %s is refused, before anything else is looked at",
  async (host) => {
    await using world = await createWorld();
    const { ada } = await world.people("ada");
    for (const path of ["/health", "/docs", `/user/${ada.id}`, "/nothing"]) {
      expectProblem(await ada.call("GET", path, undefined, { host }), 421, "wrong_host");
    }
  },
);

test("answers for the public URL's host", async () => {
  await using world = await createWorld({ env: { JARVIS_PUBLIC_URL: "https://jarvis.example" } });
  for (const host of ["jarvis.example", "jarvis.example:443", "localhost", "192.0.2.7:3000"]) {
    expect((await world.call("GET", "/health", undefined, { host })).status, host).toBe(200);
  }
});

test("other origins may read only when they are configured, and never with credentials", async () => {
  await using world = await createWorld({ env: { JARVIS_CORS_ORIGINS: "https://app.example" } });
  const preflight = {
    "access-control-request-method": "PUT",
    "access-control-request-headers": "authorization",
  };
  const known = await world.call("OPTIONS", "/login", undefined, {
    origin: "https://app.example",
    ...preflight,
  });
  expect(known.headers.get("access-control-allow-origin")).toBe("https://app.example");
  expect(known.headers.get("access-control-allow-credentials")).toBeNull();
  expect(known.headers.get("access-control-allow-headers")).toContain("authorization");
  const foreign = await world.call("OPTIONS", "/login", undefined, {
    origin: "https://evil.example",
    ...preflight,
  });
  expect(foreign.headers.get("access-control-allow-origin")).toBeNull();
  const failed = await world.call("GET", "/user?q=x", undefined, { origin: "https://app.example" });
  expect([failed.status, failed.headers.get("access-control-allow-origin")]).toEqual([
    401,
    "https://app.example",
  ]);
  await using closed = await createWorld();
  const none = await closed.call("GET", "/health", undefined, { origin: "https://app.example" });
  expect(none.headers.get("access-control-allow-origin")).toBeNull();
});

test("who calls too often is told the rate and when to come back", async () => {
  await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
  const { ada } = await world.people("ada");
  const search = () => ada.call("GET", "/user?q=nobody");
  for (let call = 0; call < rates.search.points; call++) expect((await search()).status).toBe(200);
  const { headers, ...answer } = await search();
  expectProblem({ headers, ...answer }, 429, "too_many_requests");
  const seconds = Number(headers.get("retry-after"));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(rates.search.seconds);
  expect(headers.get("ratelimit")).toBe(`"search";r=0;t=${seconds}`);
  expect(headers.get("ratelimit-policy")).toBe(`"search";q=${rates.search.points};w=${rates.search.seconds}`);
});

test("a fault inside is sent without its text, and found in the log by its id", async () => {
  await using world = await createWorld();
  const { ada } = await world.people("ada");
  await world.server.ctx.db.write(async (tx) => {
    await sql`drop table friendship`.execute(tx.sql);
  });
  const answer = await ada.call("GET", `/user/${ada.id}/friends`);
  expectProblem(answer, 500, "internal");
  expect(JSON.stringify(answer.body)).not.toMatch(/friendship|SQL|table|\.ts/i);
  const lines = world.logged.filter(
    ({ fields }) => Reflect.get(fields, "request_id") === answer.body["request_id"],
  );
  expect(lines.map(({ level, message }) => [level, message])).toEqual([
    ["error", "request failed"],
    ["info", "request"],
  ]);
  expect(String(Reflect.get(lines[0]?.fields ?? {}, "error"))).toContain("friendship");
});

test("a failed request is one line with its pattern, not its path; a good one is none", async () => {
  await using world = await createWorld();
  const { ada } = await world.people("ada");
  world.logged.length = 0;
  expect((await ada.call("GET", `/user/${ada.id}`)).status).toBe(200);
  expect(world.logged).toEqual([]);
  const { body } = await ada.call("GET", "/event/secret-id?note=secret-note");
  expect(world.logged).toEqual([
    {
      level: "info",
      message: "request",
      fields: {
        request_id: body["request_id"],
        method: "GET",
        route: "/event/{id}",
        status: 404,
        ms: expect.any(Number),
      },
    },
  ]);
  await ada.call("GET", "/secret-path");
  expect(JSON.stringify(world.logged)).not.toContain("secret");
});

test("a connection that became a socket is no request any more", async () => {
  await using world = await createWorld({ env: { JARVIS_LOG_LEVEL: "debug" } });
  const socket = new WebSocket(`${world.url.replace("http", "ws")}/realtime`, "jarvis.v1");
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  expect(world.logged.filter(({ message }) => message === "request")).toEqual([]);
  socket.close();
});

test("at level debug every request is a line, and every answer carries its id", async () => {
  await using world = await createWorld({ env: { JARVIS_LOG_LEVEL: "debug" } });
  const { headers } = await world.call("GET", "/health");
  const line = world.logged.find(({ message }) => message === "request");
  expect(line).toMatchObject({ level: "debug", fields: { route: "/health", status: 200, method: "GET" } });
  expect(headers.get("x-request-id")).toBe(String(Reflect.get(line?.fields ?? {}, "request_id")));
});

function expectProblem({ status, body, headers }: Answer, expectedStatus: number, code: string): void {
  expect([status, body["code"], body["status"]]).toEqual([expectedStatus, code, expectedStatus]);
  expect(headers.get("content-type")).toBe("application/problem+json");
  expect(headers.get("x-request-id")).toBe(problem.parse(body).request_id);
  expect(headers.get("cache-control")).toBe("no-store");
}
