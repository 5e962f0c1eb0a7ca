// Runs alone: how soon an end comes is measured.
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { secureRandom } from "../src/lib/ids.ts";
import { movedClock } from "./support/clock.ts";
import { openStream } from "./support/event-stream.ts";
import { numbersOf } from "./support/frames.ts";
import { hear, openCounts, placeOf, ways } from "./support/hearing.ts";
import { createSignInWorld } from "./support/identities.ts";
import { party, send } from "./support/party.ts";
import { connect, TestSocket } from "./support/socket.ts";
import { createWorld } from "./support/world.ts";

describe("the server ends an event stream", () => {
  test("case 36: with 4401 at sign-out, of one session or of all, and not a frame comes after it", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    for (const everywhere of [false, true]) {
      const person = everywhere ? ann : bob;
      const streams = await Promise.all([1, 2, 3].map(() => openStream(world, person)));
      const began = performance.now();
      await person.call("PUT", `/user/${person.id}/logout${everywhere ? "?everywhere=true" : ""}`);
      if (!everywhere) await send(ann, chat, "after");
      for (const stream of streams) {
        await stream.ended;
        expect(stream.end).toEqual({ code: 4401 });
        expect(numbersOf(stream.frames, `event:${chat}`)).toEqual([]);
      }
      expect(performance.now() - began).toBeLessThan(1_000);
      const [stream] = streams;
      const again = await person.call("GET", "/realtime/sse", undefined, {
        "last-event-id": stream?.lastEventId ?? "",
      });
      expect(again.status).toBe(401);
    }
    expect((await openCounts(world)).sse).toBe(0);
  });

  test("case 36: a sign-out that comes while it opens is not missed", async () => {
    const { world, ann, chat } = await party();
    await using _ = world;
    for (let round = 0; round < 20; round++) {
      const guest = await world.person(`guest${round}`);
      await ann.call("POST", `/event/${chat}/people`, { people: [guest.id] });
      const opening = openStream(world, guest).catch((error: unknown) => error);
      const logout = guest.call("PUT", `/user/${guest.id}/logout`);
      const [stream] = await Promise.all([opening, logout]);
      await send(ann, chat, `secret ${round}`);
      if (stream instanceof Error) continue;
      const opened = stream as Awaited<ReturnType<typeof openStream>>; // no error
      await opened.ended;
      expect(opened.end).toEqual({ code: 4401 });
      expect(JSON.stringify(opened.frames)).not.toContain(`secret ${round}`);
    }
    expect((await openCounts(world)).sse).toBe(0);
  });

  test("case 36: nor is one that comes between the look at its token and its first frame", async () => {
    let meanwhile = (): void => undefined;
    const clock = movedClock();
    // Chance is asked when to come back, once the call is let in and before the connection is one.
    const random = { ...secureRandom(clock), fraction: () => (meanwhile(), 0.5) };
    await using world = await createWorld({ clock, overrides: { random } });
    const bob = await world.person("bob");
    let times = 0;
    meanwhile = () => {
      times++;
      using store = new Database(`${world.directory}/jarvis.db`);
      store.run("delete from session where id = ?", [bob.session]);
      world.server.ctx.bus.publish({ type: "signed_out", user: bob.id, session: bob.session });
    };
    const answer = await bob.call("GET", "/realtime/sse");
    meanwhile = () => undefined;
    expect([times, answer.status, answer.body["code"]]).toEqual([1, 401, "unauthenticated"]);
    expect((await openCounts(world)).sse).toBe(0);
  });

  test("with 4401 when the ID token that was presented expires", async () => {
    await using world = await createSignInWorld();
    const claims = world.claims({ sub: "ann", email: "ann@example.org" });
    await world.signUpWithToken(claims);
    const exp = Math.floor(world.clock.now() / 1_000) + 600;
    const token = await world.issuer.sign(world.claims({ ...claims, exp }));
    await using stream = await openStream(world, { token });
    world.clock.advance(599_000);
    await stream.until(() => stream.comments > 0);
    expect(stream.end).toBe(null);
    world.clock.advance(1_000 + 60_000); // and the skew that clocks are granted
    await stream.ended;
    expect(stream.end).toEqual({ code: 4401 });
  });

  test("with 1012 when it stops, saying when to come back; on the next start it goes on without a hole", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await using before = await openStream(world, bob);
    await send(ann, chat, "one");
    await before.message(chat, 1);
    await world.restart();
    await before.ended;
    expect(before.end).toMatchObject({ code: 1012 });
    expect(before.retries.length).toBe(2);
    await send(ann, chat, "two");
    await using after = await openStream(world, bob, before.lastEventId);
    await after.message(chat, 2);
    expect(numbersOf(after.frames, `event:${chat}`)).toEqual([2]);
  });
});

describe.each(["sse", "poll"] as const)("over %s", (way) => {
  test("case 45: not a frame after removal, leaving or declining", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const endings = [
      () => ann.call("DELETE", `/event/${chat}/people/${bob.id}`),
      () => bob.call("DELETE", `/event/${chat}/people/${bob.id}`),
      () => bob.call("PUT", `/event/${chat}/rsvp`, { status: "declined" }),
    ];
    const ways = [
      () => ann.call("POST", `/event/${chat}/people`, { people: [bob.id] }),
      () => bob.call("PUT", `/event/${chat}/rsvp`, { status: "accepted" }),
    ];
    await using writer = await connect(world.url, ann);
    for (const [index, end] of endings.entries()) {
      await using reader = await hear(world, bob, way, await placeOf(bob));
      const { response } = await send(ann, chat, `heard ${index}`);
      await reader.log.next("entry", ({ data }) => JSON.stringify(data).includes(`heard ${index}`));
      expect((await end()).status).toBe(200);
      for (let i = 0; i < 20; i++)
        writer.send({ type: "send", chat, client_id: `${index}-${i}`, text: "behind his back" });
      await writer.next("ack", ({ client_id }) => client_id === `${index}-19`);
      writer.send({ type: "typing", chat });
      await bob.call("PATCH", `/user/${bob.id}`, { locale: index % 2 === 0 ? "de" : "fr" });
      await reader.log.next("entry", ({ kind }) => kind === "profile");
      expect(JSON.stringify(reader.log.frames)).not.toContain("behind his back");
      expect(reader.log.of("typing")).toEqual([]);
      expect(response.seq).toBeGreaterThan(0);
      // Nor does a cursor from before lead back to it.
      await using late = await hear(world, bob, way, { cursor: reader.cursor(), epoch: "", resume: {} });
      await bob.call("PATCH", `/user/${bob.id}`, { locale: index % 2 === 0 ? "fr" : "de" });
      await late.log.next("entry", ({ kind }) => kind === "profile");
      expect(JSON.stringify(late.log.frames)).not.toContain(`event:${chat}`);
      for (const back of ways) await back();
    }
  });

  test("case 50: a place in an event of others, or of which one's part has ended, hears nothing of it", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await send(ann, chat, "heard");
    const place = await placeOf(bob);
    await ann.call("DELETE", `/event/${chat}/people/${bob.id}`);
    const { eve } = await world.people("eve");
    for (const person of [bob, eve]) {
      await using reader = await hear(world, person, way, place);
      for (let i = 0; i < 100; i++) await send(ann, chat, "secret");
      await person.call("PATCH", `/user/${person.id}`, { locale: "de" });
      await reader.log.next("entry", ({ kind }) => kind === "profile");
      const frames = reader.log.frames.filter(({ type }) => type !== "welcome");
      expect(JSON.stringify(frames)).not.toContain(`event:${chat}`);
      expect(JSON.stringify(frames)).not.toContain("secret");
    }
  });

  test("a removal and a return while connected leave no hole and show nothing of the time between", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    await using reader = await hear(world, bob, way, await placeOf(bob));
    await send(ann, chat, "one");
    await reader.log.next("entry", ({ seq, stream }) => stream === `event:${chat}` && seq === 1);
    await ann.call("DELETE", `/event/${chat}/people/${bob.id}`);
    await send(ann, chat, "secret");
    await ann.call("POST", `/event/${chat}/people`, { people: [bob.id] });
    await bob.call("PUT", `/event/${chat}/rsvp`, { status: "accepted" });
    await send(ann, chat, "back");
    await reader.log.next("entry", ({ data }) => JSON.stringify(data).includes("back"));
    // Who connected in between, as a poll may have, is told with the invitation where it goes on.
    const told = reader.log
      .of("entry")
      .flatMap(({ kind, data }) => (kind === "invited" ? [Number(data["last_seq"])] : []));
    const heard = numbersOf(reader.log.frames, `event:${chat}`);
    for (const [index, seq] of heard.entries()) {
      const before = heard[index - 1] ?? 0;
      if (seq !== before + 1) expect(told).toContain(seq - 1);
      expect(seq).toBeGreaterThan(before);
    }
    expect(JSON.stringify(reader.log.frames)).not.toContain("secret");
  });
});

test("R2: three outsiders, one of them not even signed in, listen in every way during 1,000 messages and hear nothing", async () => {
  const { world, ann, bob, chat } = await party();
  await using _ = world;
  const { eve, mal } = await world.people("eve", "mal");
  await using anonymous = await new TestSocket(world.url).opened();
  const listeners = await Promise.all(
    [eve, mal].flatMap((person) => ways.map((way) => hear(world, person, way))),
  );
  await using member = await hear(world, bob, "sse");
  await using writer = await connect(world.url, ann);
  for (let sent = 1; sent <= 1_000; sent++)
    writer.send({ type: "send", chat, client_id: `c${sent}`, text: "x" });
  await member.log.next("entry", ({ seq }) => seq === 1_000);
  for (const person of [eve, mal]) await person.call("PATCH", `/user/${person.id}`, { locale: "de" });
  for (const listener of listeners) {
    await listener.log.next("entry", ({ kind }) => kind === "profile");
    const rest = listener.log.frames.filter(({ type }) => type !== "welcome");
    expect(rest.map((frame) => ("kind" in frame ? frame.kind : frame.type))).toEqual(["profile"]);
    await listener.drop();
  }
  expect(anonymous.frames).toEqual([]);
}, 20_000);

test("R3: a frame of an unknown type is answered to its sender alone", async () => {
  const { world, ann, bob } = await party();
  await using _ = world;
  const listeners = await Promise.all(ways.map((way) => hear(world, bob, way)));
  await using sender = await connect(world.url, ann);
  sender.send({ type: "test" as never, text: "echo", ref: 1 });
  expect(await sender.next("error", ({ ref }) => ref === 1)).toMatchObject({ code: "unsupported" });
  await bob.call("PATCH", `/user/${bob.id}`, { locale: "de" });
  for (const listener of listeners) {
    const { log } = listener;
    await log.next("entry", ({ kind }) => kind === "profile");
    expect(log.frames.filter(({ type }) => type !== "welcome" && type !== "online").length).toBe(1);
    await listener.drop();
  }
});

test("case 9, R8: who is connected several times over hears each message once on each, and it is stored once", async () => {
  const { world, ann, bob, chat } = await party();
  await using _ = world;
  const place = await placeOf(bob);
  const listeners = await Promise.all(
    [...ways, ...ways].map((way, index) => hear(world, bob, way, index < 3 ? place : undefined)),
  );
  await using twice = await connect(world.url, ann);
  twice.send({ type: "hello", token: ann.token, ref: "again" });
  expect(await twice.next("error", ({ ref }) => ref === "again")).toMatchObject({ code: "invalid_input" });
  twice.send({ type: "send", chat, client_id: "1", text: "once" });
  await send(ann, chat, "last");
  for (const listener of listeners) {
    const { log } = listener;
    await log.next("entry", ({ seq, stream }) => stream === `event:${chat}` && seq === 2);
    expect(numbersOf(log.frames, `event:${chat}`)).toEqual([1, 2]);
    await listener.drop();
  }
  const { response } = await bob.call("GET", `/chat/${chat}/messages?after=0`);
  expect(response.length).toBe(2);
});
