import { expect, test } from "bun:test";
import { createWorld } from "./support/world.ts";

const header = "strict-transport-security";
const paths = ["/health", "/docs", "/docs/swagger-ui.css", "/openapi.json", "/user/me", "/nothing", "/"];

test("a server with a public address of https tells browsers to insist on TLS, on every answer", async () => {
  await using world = await createWorld({ env: { JARVIS_PUBLIC_URL: "https://jarvis.example" } });
  for (const path of paths) {
    expect((await fetch(world.url + path)).headers.get(header), path).toBe("max-age=31536000");
  }
  const wrong = await fetch(`${world.url}/health`, { headers: { host: "elsewhere.example" } });
  expect([wrong.status, wrong.headers.get(header)]).toEqual([421, "max-age=31536000"]);
});

test("a server on plain http does not", async () => {
  await using world = await createWorld();
  for (const path of paths) expect((await fetch(world.url + path)).headers.get(header), path).toBeNull();
});

test("every answer with a body says what it is, and browsers shall not guess otherwise", async () => {
  await using world = await createWorld();
  for (const path of [...paths, "/metrics", "/asyncapi.json", "/realtime"]) {
    const { headers } = await fetch(world.url + path);
    expect(headers.get("content-type"), path).toMatch(/charset=utf-8$|problem\+json$/);
    expect(headers.get("x-content-type-options"), path).toBe("nosniff");
  }
});
