import { expect, test } from "bun:test";
import { createWorld } from "./support/world.ts";

const browser = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

test("the documentation loads from this server alone", async () => {
  await using world = await createWorld();
  const page = await fetch(`${world.url}/docs`);
  const html = await page.text();
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1] ?? "");
  expect(addresses).toHaveLength(4);
  for (const address of addresses) {
    expect(address).toStartWith("/docs/");
    const asset = await fetch(world.url + address);
    expect([asset.status, (await asset.bytes()).length > 100], address).toEqual([200, true]);
    expect(asset.headers.get("x-content-type-options")).toBe("nosniff");
  }
  const init = await (await fetch(`${world.url}/docs/init.js`)).text();
  expect(init).toContain('url: "/openapi.json"');
  expect(init).toContain("validatorUrl: null"); // else it asks validator.swagger.io
  expect(html + init).not.toMatch(/https?:|\/\/\w/);
});

test("the page's policy lets nothing in from elsewhere and runs no inline script", async () => {
  await using world = await createWorld();
  const { headers } = await fetch(`${world.url}/docs`);
  const policy = headers.get("content-security-policy") ?? "";
  const directives = new Map(
    policy.split("; ").map((part) => [part.split(" ")[0], part.split(" ").slice(1).join(" ")]),
  );
  expect(directives.get("default-src")).toBe("'none'");
  expect(directives.get("script-src")).toBe("'self'");
  expect(directives.get("connect-src")).toBe("'self'");
  expect(directives.get("frame-ancestors")).toBe("'none'");
  expect(policy).not.toMatch(/https?:|\*/);
});

test("what never changes may be kept, what may change must be asked for again", async () => {
  await using world = await createWorld();
  const bundle = await fetch(`${world.url}/docs/swagger-ui-bundle.js`);
  expect(bundle.headers.get("cache-control")).toContain("immutable");
  for (const path of ["/docs", "/docs/init.js", "/openapi.json", "/asyncapi.json"]) {
    expect((await fetch(world.url + path)).headers.get("cache-control"), path).toBe("no-cache");
  }
});

test("the index leads a browser to the documentation and tells a program where it is", async () => {
  await using world = await createWorld();
  const page = await world.call("GET", "/", undefined, browser);
  expect([page.status, page.headers.get("location"), page.headers.get("vary")]).toEqual([
    303,
    "/docs",
    "Accept",
  ]);
  for (const accept of ["*/*", "application/json"]) {
    const data = await world.call("GET", "/", undefined, { accept });
    expect([data.status, data.headers.get("vary")]).toEqual([200, "Accept"]);
    expect(data.response).toEqual({
      name: "Jarvis",
      version: expect.any(String),
      docs: "/docs",
      openapi: "/openapi.json",
      asyncapi: "/asyncapi.json",
    });
  }
});

test("a chat's address leads a browser to a page, alike for every chat, and a program to the chat", async () => {
  await using world = await createWorld();
  const { ada } = await world.people("ada");
  const event = await ada.call("POST", "/event", { name: "Dinner", duration: 3600 });
  const { id, chat_url: chatUrl } = event.response as { id: string; chat_url: string };
  expect(chatUrl).toEndWith(`/chat/${id}`);
  for (const chat of [id, "unknown"]) {
    const page = await world.call("GET", `/chat/${chat}`, undefined, browser);
    expect([page.status, page.headers.get("location"), page.headers.get("vary")]).toEqual([
      303,
      "/docs",
      "Accept",
    ]);
  }
  for (const accept of ["*/*", "application/json"]) {
    const data = await ada.call("GET", `/chat/${id}`, undefined, { accept });
    expect([data.status, data.response.id, data.headers.get("vary")]).toEqual([200, id, "Accept"]);
    expect((await ada.call("GET", "/chat/unknown", undefined, { accept })).status).toBe(404);
  }
});

test("the interface's description is served as it is generated", async () => {
  await using world = await createWorld();
  const { status, body, headers } = await world.call("GET", "/openapi.json");
  expect([status, headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
  expect(body["openapi"]).toBe("3.1.0");
});

test("the realtime interface's description names the host under which people reach this server", async () => {
  await using world = await createWorld({ env: { JARVIS_PUBLIC_URL: "https://jarvis.example" } });
  const { status, body, headers } = await world.call("GET", "/asyncapi.json");
  expect([status, headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
  expect(body).toMatchObject({
    asyncapi: "3.0.0",
    servers: { here: { host: "jarvis.example", protocol: "wss" } },
  });
});
