import { expect, test } from "bun:test";
import { createWorld, type World } from "./support/world.ts";

test("counts requests by pattern, method and class of status, and never by what callers chose", async () => {
  await using world = await createWorld();
  const { ada } = await world.people("ada");
  await ada.call("GET", `/user/${ada.id}`);
  await ada.call("GET", `/user/${ada.id}`);
  await ada.call("GET", "/user/unknown");
  await world.call("GET", "/secret-path-1");
  await world.call("GET", "/secret-path-2");
  await world.call("PROPFIND", "/coffee");
  const text = await metricsOf(world);
  expect(countOf(text, "/user/{id}", "GET", "2xx")).toBe(2);
  expect(countOf(text, "/user/{id}", "GET", "4xx")).toBe(1);
  expect(countOf(text, "none", "GET", "4xx")).toBe(2);
  expect(countOf(text, "none", "other", "4xx")).toBe(1);
  for (const chosen of [ada.id, "secret", "coffee", "PROPFIND"]) expect(text).not.toContain(chosen);
});

test("tells of the store, the sockets and the process", async () => {
  await using world = await createWorld();
  await world.people("ada");
  const text = await metricsOf(world);
  const value = (name: string) =>
    Number(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
  expect(value("jarvis_store_commits_total")).toBeGreaterThan(0);
  expect(value("jarvis_store_units_total")).toBeGreaterThanOrEqual(value("jarvis_store_commits_total"));
  expect(value("jarvis_store_failed_commits_total")).toBe(0);
  expect(value("jarvis_store_queued_units")).toBe(0);
  expect(value("jarvis_websocket_connections")).toBe(0);
  expect(value("process_resident_memory_bytes")).toBeGreaterThan(1e6);
  expect(value("process_cpu_seconds_total")).toBeGreaterThan(0);
  expect(value("jarvis_event_loop_lag_seconds")).toBeGreaterThanOrEqual(0);
});

test("exist only for this machine, or with the token", async () => {
  const token = "a-token-of-sufficient-length";
  await using world = await createWorld({ env: { JARVIS_METRICS_TOKEN: token } });
  const status = async (headers: Record<string, string>) =>
    (await world.call("GET", "/metrics", undefined, headers)).status;
  expect(await status({})).toBe(200);
  expect(await status({ "x-forwarded-for": "127.0.0.1" })).toBe(404);
  expect(
    await status({ "x-forwarded-for": "203.0.113.7", authorization: "Bearer wrong-token-wrong-token" }),
  ).toBe(404);
  expect(await status({ "x-forwarded-for": "203.0.113.7", authorization: `Bearer ${token}` })).toBe(200);
});

test("health says that it lives; ready ends when the store is gone", async () => {
  await using world = await createWorld();
  expect((await world.call("GET", "/health")).response).toEqual({
    status: "ok",
    version: expect.any(String),
    time_zones: expect.stringMatching(/^20\d\d[a-z]$/),
  });
  expect((await world.call("GET", "/ready")).response).toEqual({ status: "ready" });
  await world.server.ctx.db.close();
  const gone = await world.call("GET", "/ready");
  expect([gone.status, gone.body["code"], gone.headers.get("retry-after")]).toEqual([
    503,
    "unavailable",
    "5",
  ]);
  expect((await world.call("GET", "/health")).status).toBe(200);
});

async function metricsOf(world: World): Promise<string> {
  const response = await fetch(`${world.url}/metrics`);
  expect([response.status, response.headers.get("content-type")]).toEqual([
    200,
    "text/plain; version=0.0.4; charset=utf-8",
  ]);
  return response.text();
}

function countOf(text: string, route: string, method: string, status: string): number {
  const labels = `route="${route}",method="${method}",status="${status}"`;
  const line = text
    .split("\n")
    .find((row) => row.startsWith(`jarvis_http_request_duration_seconds_count{${labels}}`));
  return Number(line?.split(" ").at(-1) ?? Number.NaN);
}
