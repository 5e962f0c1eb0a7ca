import { expect, test } from "bun:test";
import { startIssuer } from "./support/issuer.ts";
import { closeCodeIn, handshake, openRaw, textFrame } from "./support/raw-websocket.ts";
import { RawConnection } from "./support/raw.ts";
import { connect } from "./support/socket.ts";
import { createWorld } from "./support/world.ts";

test("case 75: a drain tells each connection when to come back, at random, and new ones to try again", async () => {
  await using world = await createWorld();
  const people = await Promise.all(Array.from({ length: 40 }, (_, i) => world.person(`p${i}`)));
  const sockets = await Promise.all(people.map((person) => connect(world.url, person)));
  const reasons = sockets.map(
    ({ socket }) =>
      new Promise<string>((resolve) => socket.addEventListener("close", ({ reason }) => resolve(reason))),
  );
  const stopped = world.server.stop(2_000);
  world.clock.advance(2_000);
  await new Promise((resolve) => setImmediate(resolve));
  using refused = new RawConnection(world.url);
  refused.send(handshake(world.url));
  await refused.until(({ text }) => text.includes("\r\n\r\n"));
  expect(refused.text).toStartWith("HTTP/1.1 503 ");
  expect(refused.text).toMatch(/retry-after: \d+\r\n/i);
  for (let step = 0; step < 20; step++) {
    world.clock.advance(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const told = (await Promise.all(reasons)).map((reason) => {
    expect(reason).toMatch(/^{"retry_after_ms":\d+}$/);
    return Number(/\d+/.exec(reason)?.[0]);
  });
  expect(new Set(told).size).toBeGreaterThan(20);
  expect(Math.max(...told)).toBeLessThan(1_000);
  await stopped;
});

test("case 69: whoever has said hello is not late for it while an issuer is slow, and keeps nobody else waiting", async () => {
  await using issuer = await startIssuer();
  await issuer.addKey("one");
  const entry = { name: "club", issuer: issuer.url, audiences: ["app"], jwks_uri: `${issuer.url}/jwks` };
  await using world = await createWorld({ env: { JARVIS_OIDC_ISSUERS: JSON.stringify([entry]) } });
  const { ann } = await world.people("ann");
  const held = Promise.withResolvers<Response>();
  issuer.fault = () => held.promise;
  const nowS = Math.floor(world.clock.now() / 1_000);
  const token = await issuer.sign(
    { iss: issuer.url, aud: "app", sub: "nobody", iat: nowS, exp: nowS + 3_600 },
    "one",
  );
  const waiting = await Promise.all(Array.from({ length: 100 }, () => openRaw(world.url)));
  for (const connection of waiting) connection.send(textFrame({ type: "hello", token }));
  while (issuer.keyFetches === 0) await world.call("GET", "/health");
  await using other = await connect(world.url, ann);
  world.clock.advance(5_000);
  await other.flushed();
  // The issuer has had its time, which ends together with that for a hello: its people may come back.
  for (const connection of waiting) {
    await connection.until((each) => closeCodeIn(each) !== null);
    expect(connection.text).toContain('"code":"unavailable"');
    expect(closeCodeIn(connection)).toBe(1012);
    connection[Symbol.dispose]();
  }
  held.resolve(Response.json({ keys: [] }));
});
