import { describe, expect, test } from "bun:test";
import { malformed, post, sound } from "./support/framing.ts";
import { RawConnection, statusesIn } from "./support/raw.ts";
import { createWorld } from "./support/world.ts";

describe("case 112: a request whose frame is in doubt is refused, and nothing behind it is read", () => {
  test.each(Object.keys(malformed))("%s", async (name) => {
    await using world = await createWorld();
    using connection = new RawConnection(world.url);
    connection.send(malformed[name] ?? "");
    await connection.ended;
    const statuses = statusesIn(connection.text);
    expect(statuses.length, connection.text).toBeLessThanOrEqual(1);
    for (const status of statuses) expect([400, 431, 505]).toContain(status);
    expect((await world.call("GET", "/health")).status).toBe(200);
  });
});

test.each(Object.keys(sound))("case 112: %s is answered as RFC 9112 says", async (name) => {
  await using world = await createWorld();
  using connection = new RawConnection(world.url);
  const { send, statuses } = sound[name] ?? { send: "", statuses: [] };
  connection.send(send);
  await connection.until(({ text }) => statusesIn(text).length >= statuses.length);
  expect(statusesIn(connection.text)).toEqual(statuses);
  expect(connection.text).not.toContain("secret");
  expect(world.logged.filter(({ level }) => level === "error")).toEqual([]);
});

test("case 112: 1,000 requests in one go are 1,000 answers in their order", async () => {
  await using world = await createWorld();
  using connection = new RawConnection(world.url);
  const count = 1_000;
  const requests = Array.from(
    { length: count },
    (_, i) =>
      `${i % 3 === 0 ? "HEAD" : "GET"} /${i % 2 === 0 ? "health" : "nowhere"} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  );
  connection.send(requests.join(""));
  await connection.until(({ text }) => statusesIn(text).length >= count);
  expect(statusesIn(connection.text)).toEqual(
    Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 200 : 404)),
  );
});

test("case 112: nothing that a caller sends becomes a line of the answer's head", async () => {
  await using world = await createWorld();
  const line = "a%0d%0aX-Evil:%201";
  for (const request of [
    `GET /${line} HTTP/1.1\r\nHost: localhost\r\n`,
    `GET /chat/${line} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n`,
    `GET /user?q=${line} HTTP/1.1\r\nHost: localhost\r\n`,
    `GET /docs/../${line} HTTP/1.1\r\nHost: localhost\r\n`,
    `GET /health HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: ${line}\r\nOrigin: http://${line}\r\n`,
    `GET /realtime HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${line}\r\n`,
  ]) {
    using connection = new RawConnection(world.url);
    connection.send(`${request}\r\n`);
    expect(await connection.until(({ text }) => text.includes("\r\n\r\n"))).toBe(true);
    const [head = ""] = connection.text.split("\r\n\r\n");
    expect(head).not.toMatch(/x-evil/i);
    expect(head).not.toContain("%0d");
  }
});

test.each([
  ["a length", "Content-Length: 1000\r\n\r\n{"],
  ["chunks", "Transfer-Encoding: chunked\r\n\r\n5\r\n{"],
])(
  "case 72: whoever goes away in the middle of a body, given by %s, is no fault of the server",
  async (_, body) => {
    await using world = await createWorld();
    {
      using connection = new RawConnection(world.url);
      connection.send(`${post}${body}`);
      await world.call("GET", "/health");
    }
    while (!world.logged.some(({ message }) => message === "request")) await world.call("GET", "/health");
    expect(world.logged.filter(({ level }) => level === "error")).toEqual([]);
  },
);
