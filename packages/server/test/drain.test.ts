import { expect, test } from "bun:test";
import { handshake } from "./support/raw-websocket.ts";
import { RawConnection } from "./support/raw.ts";
import { connect } from "./support/socket.ts";
import { createWorld, type World } from "./support/world.ts";

async function upgradeStatus(world: World): Promise<string | undefined> {
  using connection = new RawConnection(world.url);
  connection.send(handshake(world.url));
  await connection.until(({ text }) => text.includes("\r\n\r\n"));
  return /^HTTP\/1\.1 (\d+)/.exec(connection.text)?.[1];
}

test("case 75: unready at once, serving on for the grace, then sockets go one by one, then nobody is served", async () => {
  await using world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const made = await ann.call("POST", "/event", { name: "Dinner", duration: 3600, people: [bob.id] });
  const chat = made.response.id;
  const sockets = await Promise.all(
    Array.from({ length: 10 }, (_, i) => connect(world.url, i % 2 === 0 ? ann : bob)),
  );
  const stopped = world.server.stop(6_000);

  for (const path of ["/ready", "/health"])
    expect([path, (await world.call("GET", path)).status]).toEqual([path, path === "/ready" ? 503 : 200]);
  expect(await upgradeStatus(world)).toBe("101");
  let polled = false;
  const poll = bob.call("GET", `/chat/${chat}/messages?after=0&wait=25`).finally(() => (polled = true));
  for (let second = 1; second < 6; second++) {
    world.clock.advance(1_000);
    const sent = await ann.call("POST", `/chat/${chat}/messages`, { text: "hello", client_id: `c${second}` });
    expect(sent.status).toBe(201);
    expect((await world.call("GET", "/ready")).headers.get("retry-after")).toBe("5");
  }
  await Promise.all(sockets.map((socket) => socket.message(chat, 5)));
  expect(polled).toBe(true);
  const idle = ann.call("GET", `/chat/${chat}/messages?after=5&wait=25`);
  await world.call("GET", "/health"); // the poll has been taken before

  world.clock.advance(1_000); // the grace ends
  const closed: number[] = [];
  for (const socket of sockets) void socket.closed.then((code) => closed.push(code));
  await world.call("GET", "/health");
  expect(await upgradeStatus(world)).toBe("503");
  const seen: number[] = [];
  for (let step = 0; step < 30; step++) {
    const before = closed.length;
    world.clock.advance(100);
    if (step < 25) expect((await world.call("GET", "/health")).status).toBe(200);
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(closed.length - before);
  }
  await Promise.all(sockets.map((socket) => socket.closed));
  expect(closed).toEqual(Array.from({ length: 10 }, () => 1012));
  expect(Math.max(...seen)).toBeLessThanOrEqual(3);
  expect((await idle).status).toBe(200);
  expect((await poll).status).toBe(200);
  await stopped;
  expect(await fetch(`${world.url}/health`).catch((error: unknown) => error)).toBeInstanceOf(Error);
});

test("case 78: without its store it lives and is not ready, and what needs the store is `unavailable`", async () => {
  await using world = await createWorld();
  const { ann } = await world.people("ann");
  const event = (await ann.call("POST", "/event", { name: "Dinner", duration: 3600 })).response.id;
  await world.server.ctx.db.close();
  const statuses: Record<string, unknown> = {};
  for (const [method, path, body] of [
    ["GET", "/health"],
    ["GET", "/ready"],
    ["GET", `/event/${event}`],
    ["GET", `/user/${ann.id}/events`],
    ["GET", `/chat/${event}/messages`],
    ["POST", `/chat/${event}/messages`, { text: "hello", client_id: "1" }],
    ["POST", "/login", { email: "ann@example.org", password: "correct horse" }],
  ] as const) {
    const answer = await ann.call(method, path, body);
    statuses[`${method} ${path.replaceAll(event, "E").replaceAll(ann.id, "U")}`] =
      answer.body["code"] ?? answer.response.status;
    if (answer.status === 503) expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  }
  expect(statuses).toEqual({
    "GET /health": "ok",
    "GET /ready": "unavailable",
    "GET /event/E": "unavailable",
    "GET /user/U/events": "unavailable",
    "GET /chat/E/messages": "unavailable",
    "POST /chat/E/messages": "unavailable",
    "POST /login": "unavailable",
  });
});
