import { describe, expect, test } from "bun:test";
import { randomUUID } from "node:crypto";
import { newEvent } from "./support/events.ts";
import { chosenSeed } from "./support/fuzz/http-run.ts";
import { widenLists } from "./support/fuzz/queries.ts";
import { malformedId } from "./support/matrix/cells.ts";
import { seedCast } from "./support/matrix/cast.ts";
import { createMeeting, expectOk, move, share } from "./support/meeting.ts";
import { connect } from "./support/socket.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

describe("case 44: an id that is nearly right names nothing", () => {
  test("neighbours, other kinds' ids, other spellings and lists of ids", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const theirs = await newEvent(world, bob);
    const mine = await newEvent(world, ada);
    const ids = [
      ...neighbours(theirs.id),
      ...neighbours(mine.id),
      ada.id,
      bob.id,
      mine.id.toUpperCase(),
      `${mine.id},${theirs.id}`,
      `["${mine.id}"]`,
      `{"id":"${mine.id}"}`,
      `${mine.id}\u0000`,
      `${mine.id}?id=${theirs.id}`,
      `${mine.id}&id=${theirs.id}`,
    ];
    for (const id of ids) {
      for (const path of [`/event/${encodeURIComponent(id)}`, `/chat/${encodeURIComponent(id)}/messages`]) {
        expect((await ada.call("GET", path)).status, path).toBe(404);
      }
    }
    const given = await ada.call("GET", `/event/${mine.id}?id=${theirs.id}&id=${theirs.id}`);
    expect(given.response.id).toBe(mine.id);
  });

  test("a path that climbs, doubles or hides leads nowhere", async () => {
    await using world = await createWorld();
    const ada = await world.person("ada");
    const theirs = await newEvent(world, await world.person("bob"));
    const paths = [
      `/user/${ada.id}/%2e%2e/%2e%2e/event/${theirs.id}`,
      `/user/${ada.id}/..%2f..%2fevent%2f${theirs.id}`,
      `//event/${theirs.id}`,
      `/event//${theirs.id}`,
      `/event/${theirs.id}/`,
      `/event/${theirs.id};a=b`,
      `/event/${theirs.id}%00`,
      "/admin",
      "/debug",
      "/internal",
      "/.env",
      "/.git/config",
      "/data/jarvis.db",
      "/server-status",
      "/api",
      "/user/me",
      "/__proto__",
      "/docs/..%2f..%2fpackage.json",
      "/docs/%2e%2e/%2e%2e/package.json",
    ];
    for (const path of paths) {
      const answer = await ada.call("GET", path);
      expect(answer.status, path).toBe(404);
      expect(JSON.stringify(answer.body)).not.toContain(theirs.name);
    }
  });
});

/** The ids just before and after, and with one digit of the time and of the chance changed. */
function neighbours(id: string): string[] {
  const digit = (at: number) => {
    const other = id[at] === "0" ? "1" : "0";
    return id.slice(0, at) + other + id.slice(at + 1);
  };
  const value = BigInt(`0x${id.replaceAll("-", "")}`);
  return [value + 1n, value - 1n].map(toId).concat([digit(5), digit(id.length - 1), digit(20)]);
}

function toId(value: bigint): string {
  return value
    .toString(16)
    .padStart(32, "0")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

test("case 46: no filter widens a list", async () => {
  await using world = await createWorld();
  const seed = chosenSeed();
  expect({ seed, leaks: await widenLists(world, seed, 300) }).toEqual({ seed, leaks: [] });
});

test("case 46: a body cannot say what the path says", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const mine = await newEvent(world, ada);
  const theirs = await newEvent(world, bob);
  const patch = {
    name: "Taken",
    id: theirs.id,
    event: theirs.id,
    owner: bob.id,
    owner_id: bob.id,
    version: 99,
  };
  const changed = await ada.call("PATCH", `/event/${mine.id}`, patch);
  expect(changed.response).toMatchObject({ id: mine.id, version: 2, owner: ada.email });
  expect((await bob.call("GET", `/event/${theirs.id}`)).response.name).toBe(theirs.name);
  const profile = { locale: "de", id: bob.id, email: bob.email, email_confirmed: true, password_hash: "x" };
  expect((await ada.call("PATCH", `/user/${ada.id}`, profile)).response).toMatchObject({
    id: ada.id,
    email: ada.email,
  });
  expect((await bob.call("GET", `/user/${bob.id}`)).response.locale).toBe("en");
});

describe("case 47: a message is its sender's, whatever it says of itself", () => {
  const forged = (world: World, other: Person, event: string) => ({
    sender: other.id,
    senderId: other.id,
    author: { id: other.id, username: other.username },
    author_id: other.id,
    seq: 77,
    id: other.id,
    createdAt: 1,
    sent_ms: 1,
    at_ms: world.clock.now() + 1,
    eventId: event,
    event,
    deleted: true,
    system: { code: "x", params: {} },
  });

  test("over HTTP", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const mine = await newEvent(world, ada);
    const theirs = await newEvent(world, bob);
    const body = { ...forged(world, bob, theirs.id), chat: theirs.id, text: "hi", client_id: "1" };
    const sent = await ada.call("POST", `/chat/${mine.id}/messages`, body);
    expect(sent.response).toEqual({
      seq: 1,
      id: sent.response.id,
      chat: mine.id,
      author: { id: ada.id, username: "ada" },
      text: "hi",
      sent_ms: world.clock.now(),
      client_id: "1",
    });
    expect(sent.response.id).not.toBe(bob.id);
    expect((await bob.call("GET", `/chat/${theirs.id}/messages`)).response).toEqual([]);
  });

  test("over a socket", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const mine = await newEvent(world, ada);
    const theirs = await newEvent(world, bob);
    await using socket = await connect(world.url, ada);
    socket.send({
      ...forged(world, bob, theirs.id),
      type: "send",
      chat: mine.id,
      text: "hi",
      client_id: "1",
    });
    expect((await socket.next("ack")).seq).toBe(1);
    const [message] = (await ada.call("GET", `/chat/${mine.id}/messages`)).response;
    expect(message).toMatchObject({ seq: 1, author: { id: ada.id }, sent_ms: world.clock.now() });
    expect(message.system).toBeUndefined();
    expect((await bob.call("GET", `/chat/${theirs.id}/messages`)).response).toEqual([]);
  });
});

describe("case 52: search finds only whoever lets themselves be found", () => {
  test("short texts, wildcards, patterns and long texts find nobody", async () => {
    await using world = await createWorld();
    const { ada, bob, cat } = await world.people("ada", "bob", "cat");
    await bob.call("PATCH", `/user/${bob.id}`, { findable: false });
    await world.befriend(ada, cat);
    const texts = [
      "a",
      "b",
      "bo",
      "ca",
      "bob",
      "%",
      "___",
      "b%b",
      "b_b",
      "*",
      ".*",
      "^b",
      "(a+)+$",
      "[a-z]{3}",
    ];
    for (const text of [...texts, "' or ''='", "\\", "x".repeat(254), bob.email, cat.email.slice(0, 5)]) {
      const answer = await ada.call("GET", `/user?q=${encodeURIComponent(text)}`);
      expect([text, answer.status, answer.response]).toEqual([text, 200, []]);
    }
    const long = await ada.call("GET", `/user?q=${"x".repeat(10_000)}`);
    expect([400, 414, 422, 431]).toContain(long.status);
  });

  test("an answer is an id and a name, never an address", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    expect((await ada.call("GET", "/user?q=bob")).response).toEqual([{ id: bob.id, username: "bob" }]);
  });

  test("200 queries in a minute are 60", async () => {
    await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
    const ada = await world.person("ada");
    const statuses = new Map<number, number>();
    for (let query = 0; query < 200; query++) {
      const { status, headers } = await ada.call("GET", `/user?q=name${query}`);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 429) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect(Object.fromEntries(statuses)).toEqual({ 200: 60, 429: 140 });
  });
});

describe("case 54: an invitation's id opens nothing", () => {
  test("it names its invitation, in its event, to those who see it, until it is answered", async () => {
    await using world = await createWorld();
    const { ada, bob, cat } = await world.people("ada", "bob", "cat");
    const event = await newEvent(world, ada, { people: ["new@example.org", bob.email] });
    const other = await newEvent(world, cat);
    const ids: string[] = event.people.flatMap(({ invitation }) => (invitation === null ? [] : [invitation]));
    expect(ids.length).toBe(2);
    for (const id of ids) {
      for (const person of [bob, cat]) {
        for (const path of [`/event/${id}`, `/chat/${id}`, `/user/${id}`, `/event/${id}/locations`])
          expect((await person.call("GET", path)).status).toBe(404);
      }
      expect((await cat.call("PUT", `/event/${id}/rsvp`, { status: "accepted" })).status).toBe(404);
      expect((await cat.call("PUT", `/event/${event.id}/rsvp`, { status: "accepted" })).status).toBe(404);
      expect((await cat.call("DELETE", `/event/${other.id}/people/${id}`)).status).toBe(404);
      expect((await cat.call("DELETE", `/event/${event.id}/people/${id}`)).status).toBe(404);
    }
    await bob.call("PUT", `/event/${event.id}/rsvp`, { status: "accepted" });
    const left = (await ada.call("GET", `/event/${event.id}`)).response.people;
    const open: string[] = left.flatMap((one: { invitation: string | null }) => one.invitation ?? []);
    expect(open.length).toBe(1);
    const gone = ids.find((id) => !open.includes(id));
    expect((await ada.call("DELETE", `/event/${event.id}/people/${gone}`)).status).toBe(404);
    expect((await ada.call("DELETE", `/event/${event.id}/people/${open[0]}`)).status).toBe(200);
    expect((await ada.call("DELETE", `/event/${event.id}/people/${open[0]}`)).status).toBe(404);
  });

  test("guesses find none, in no spelling", async () => {
    await using world = await createWorld();
    const cast = await seedCast(world.server.ctx, "owner", "open");
    const header = { authorization: `Bearer ${cast.me.token}` };
    for (let guess = 0; guess < 200; guess++) {
      const id = guess < 16 ? malformedId(cast, guess) : randomUUID().replace(/^(.{14})4/, "$17");
      const path = `/event/${cast.event}/people/${encodeURIComponent(id)}`;
      expect((await world.call("DELETE", path, undefined, header)).status, id).toBe(404);
    }
  });
});

describe("case 59, case 60: where a coarse sharer is cannot be worked out", () => {
  const tries = 500;
  /** Opposite corners of one cell, about 1.4 km apart. */
  const [low, high] = [
    { latitude: 49.2481, longitude: -123.247 },
    { latitude: 49.2569, longitude: -123.2335 },
  ];

  test("whoever is in the same cell gives the same answers, wherever the viewer or the place is", async () => {
    await using world = await createWorld();
    const { ada, bob, cat } = await world.people("ada", "bob", "cat");
    const meeting = await createMeeting(world, ada, { accepted: [bob, cat] });
    for (const person of [bob, cat]) await share(person, meeting, "on", "coarse");
    await move(bob, low);
    await move(cat, high);
    const seen = new Set<string>();
    for (let index = 0; index < tries; index++) {
      const spoofed = { latitude: 49 + (index % 25) / 50, longitude: -123.5 + Math.floor(index / 25) / 40 };
      await move(ada, spoofed);
      await expectOk(ada.call("PUT", `/event/${meeting.id}/place`, spoofed));
      const rows = (await expectOk(ada.call("GET", `/event/${meeting.id}/locations`))).response;
      const [one, other] = rows;
      expect({ ...one, id: other.id, username: other.username }).toEqual(other);
      expect(one.state).toBe("travelling");
      seen.add(`${one.latitude} ${one.longitude}`);
    }
    expect(seen.size).toBe(1);
  });

  test("the viewer's own place changes nothing that they are shown of an exact sharer", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob] });
    await share(bob, meeting);
    await move(bob, low);
    const seen = new Set<string>();
    for (let index = 0; index < 50; index++) {
      await move(ada, { latitude: index, longitude: index });
      const path = `/event/${meeting.id}/location/${bob.id}`;
      seen.add(JSON.stringify((await expectOk(ada.call("GET", path))).response));
    }
    expect(seen.size).toBe(1);
  });

  test("who does not take part learns nothing from 500 tries, whether somebody shares or not", async () => {
    await using world = await createWorld();
    const { ada, bob, eve } = await world.people("ada", "bob", "eve");
    await world.befriend(eve, bob);
    const shared = await createMeeting(world, ada, { accepted: [bob] });
    const silent = await createMeeting(world, ada, { accepted: [bob] });
    await share(bob, shared);
    await move(bob, low);
    const answers = new Set<string>();
    for (let index = 0; index < tries; index++) {
      await move(eve, { latitude: 49 + index / 1_000, longitude: -123 });
      const { id } = index % 2 === 0 ? shared : silent;
      const path = index % 4 < 2 ? `/event/${id}/locations` : `/event/${id}/location/${bob.id}`;
      const { status, body } = await eve.call("GET", path);
      answers.add(JSON.stringify([status, { ...body, request_id: "" }]));
    }
    expect(answers.size).toBe(1);
    expect((await eve.call("GET", `/user/${bob.id}/location`)).status).toBe(404);
    expect(JSON.stringify((await eve.call("GET", `/user/${bob.id}`)).body)).not.toContain("latitude");
  });

  test("1,000 fixes around a home show one point, 300 m from it or more", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const meeting = await createMeeting(world, ada, { accepted: [bob], durationMs: 20 * 3_600_000 });
    await share(bob, meeting, "on", "coarse");
    const seen = new Set<string>();
    let row: { latitude: string; longitude: string } | undefined;
    for (let index = 0; index < 1_000; index++) {
      const angle = index * 2.4; // spread evenly around, up to 40 m off
      const radius = 0.000_36 * Math.sqrt(index / 1_000);
      const near = { latitude: low.latitude + 0.0008, longitude: low.longitude + 0.001 };
      const fix = {
        latitude: near.latitude + radius * Math.sin(angle),
        longitude: near.longitude + radius * Math.cos(angle),
      };
      world.clock.advance(1_000);
      await move(bob, fix);
      if (index % 10 > 0) continue;
      row = (await expectOk(ada.call("GET", `/event/${meeting.id}/location/${bob.id}`))).response;
      seen.add(`${row?.latitude} ${row?.longitude}`);
    }
    expect(seen.size).toBe(1);
    const north = (Number(row?.latitude) - low.latitude - 0.0008) * 111_195;
    const east =
      (Number(row?.longitude) - low.longitude - 0.001) * 111_195 * Math.cos((49.25 * Math.PI) / 180);
    expect(Math.hypot(north, east)).toBeGreaterThan(300);
  });
});
