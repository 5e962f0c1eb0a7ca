import { describe, expect, test } from "bun:test";
import { type CalendarId, eventStream, type UserId, userStream } from "@jarvis/contract";
import { createClient } from "@jarvis/sdk";
import { authenticate, confirmEmail } from "../src/accounts/service.ts";
import { freshMs } from "../src/accounts/rules.ts";
import { storeLastSeen } from "../src/friends/online.ts";
import { runHousekeeping } from "../src/housekeeping.ts";
import { occurrenceId, sha256 } from "../src/lib/ids.ts";
import { markArrived } from "../src/travel/service.ts";
import { shapeOf } from "./support/dump-store.ts";
import { dentist, ics, importFile } from "./support/calendars.ts";
import { ownTracks, setUpPhone } from "./support/devices.ts";
import { codeOf, entriesOf, expectOk, newEvent } from "./support/events.ts";
import { createSignInWorld } from "./support/identities.ts";
import { createMeeting, move, plaza, share } from "./support/meeting.ts";
import { uploaded } from "./support/photos.ts";
import { searchStore } from "./support/search-store.ts";
import { connect } from "./support/socket.ts";
import { newPoll, settings, vote } from "./support/polls.ts";
import { subscribe } from "./support/dav.ts";
import { SyncingClient } from "./support/dav-copy.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

const zoeSeenMs = Date.UTC(2030, 4, 31);

function erase(person: Person) {
  return person.call("DELETE", `/user/${person.id}`);
}

/** The database and its log, byte for byte, as a thief of the disk reads them. A child reads: our locks stay. */
function filesOf(world: World): string {
  const files = ["", "-wal"].map((suffix) => `${world.directory}/jarvis.db${suffix}`);
  return Bun.spawnSync(["cat", ...files])
    .stdout.toString("latin1")
    .toLowerCase();
}

/** A passkey, one that is being added, and a sign-in on the way to the person's own page. */
async function signInsOf(world: World, { id: user_id }: Person): Promise<void> {
  await world.server.ctx.db.write(async ({ sql }) => {
    const { id: session } = await sql
      .selectFrom("session")
      .select("id")
      .where("user_id", "=", user_id)
      .executeTakeFirstOrThrow();
    const key = { credential_id: "zoe-credential", public_key: new TextEncoder().encode("zoe-public-key") };
    const uses = { counter: 0, transports: "[]", created_ms: 1, used_ms: 2 };
    await sql
      .insertInto("passkey")
      .values({ ...key, ...uses, id: "zoe-passkey", user_id, name: "Unmistakable phone" })
      .execute();
    await sql
      .updateTable("session")
      .set({ opened_by: "zoe-passkey", signed_in_ms: world.clock.now() })
      .where("id", "=", session)
      .execute();
    const expires_ms = world.clock.now() + 300_000;
    const challenge = { hash: sha256("challenge"), bound_to: session, expires_ms };
    await sql.insertInto("passkey_challenge").values(challenge).execute();
    const flow = {
      hash: sha256("flow"),
      issuer: "main",
      return_path: `/app/${user_id}`,
      expires_ms,
    };
    await sql.insertInto("sign_in_flow").values(flow).execute();
  });
}

/** Access to a calendar of Google's, and a consent under way for another. */
async function googleOf({ server, clock }: World, user_id: UserId): Promise<void> {
  const calendar_id = server.ctx.random.id() as CalendarId; // ids that the server makes are branded where they are made
  const access = { account: "account", version: 0, refresh_token: "zoe-refresh", kept: new Uint8Array() };
  const redirect_uri = "https://jarvis.example.org";
  const flow = { hash: sha256("google flow"), user_id, redirect_uri, expires_ms: clock.now() + 60_000 };
  await server.ctx.db.write(async ({ sql }) => {
    await sql
      .insertInto("google_calendar")
      .values({ calendar_id, user_id, ...access })
      .execute();
    await sql.insertInto("google_flow").values(flow).execute();
  });
}

/** A person with a trace in every table, and the others who stay. */
async function createLife(world: World) {
  const { ann, bob, cem, dee } = await world.people("ann", "bob", "cem", "dee");
  const zoe = await world.person("Zoe Unmistakable", { email: "zoe.unmistakable@example.org" });
  const { db } = world.server.ctx;
  await world.befriend(zoe, ann);
  await zoe.call("POST", `/user/${dee.id}/friend_request`, { from: zoe.id });
  await cem.call("POST", `/user/${zoe.id}/friend_request`, { from: cem.id });
  await zoe.call("PUT", `/user/${zoe.id}/blocks/${cem.id}`);
  await dee.call("PUT", `/user/${dee.id}/blocks/${zoe.id}`);
  await db.write(async ({ sql }) => {
    const identity = { issuer: "https://issuer", subject: "zoe-subject", user_id: zoe.id, created_ms: 1 };
    await sql.insertInto("identity").values(identity).execute();
  });
  await signInsOf(world, zoe);
  await googleOf(world, zoe.id);
  expectOk(await zoe.call("POST", `/user/${zoe.id}/calendar`), 201);
  await setUpPhone(zoe, { name: "Unmistakable phone", friends: true });
  await storeLastSeen(world.server.ctx, [[zoe.id, zoeSeenMs]]);
  await new SyncingClient(await subscribe(world, zoe)).sync();
  const passed = await createMeeting(world, zoe, { accepted: [ann, bob] });
  await zoe.call("PATCH", `/event/${passed.id}/people/${bob.id}`, { role: "host" });
  await share(zoe, passed);
  await share(ann, passed);
  await move(zoe, plaza);
  await move(ann, plaza);
  await zoe.call("POST", `/event/${passed.id}/location`, plaza);
  await markArrived(world.server.ctx, zoe.id, passed.id, world.clock.now());
  await db.write(async ({ sql }) => {
    const learned = { user_id: zoe.id, mode: "walk", factor: 1.3, journeys: 1, updated_ms: 1 } as const;
    await sql.insertInto("detour").values(learned).execute();
  });
  await zoe.call("GET", `/event/${passed.id}/locations`);
  await ann.call("GET", `/event/${passed.id}/locations`);
  await ownTracks(world, await setUpPhone(ann, { friends: true }), plaza);
  await zoe.call("POST", `/event/${passed.id}/location_request`, { user: bob.id });
  const untilLater = { until: world.clock.now() / 1_000 + 3_600 };
  expectOk(await zoe.call("PUT", `/user/${zoe.id}/shares/${ann.id}`, untilLater));
  expectOk(await ann.call("PUT", `/user/${ann.id}/shares/${zoe.id}`, untilLater));
  await importFile(zoe, ics(dentist), "?name=Unmistakable%20work");
  await db.write(async ({ sql }) => {
    const url = "https://calendar.example/zoe-address.ics";
    await sql.updateTable("calendar").set({ url }).where("user_id", "=", zoe.id).execute();
  });
  const text = { text: "see you there", client_id: "1" };
  const photo = await uploaded(zoe, passed.id);
  const shown = { ...text, photos: [photo] };
  const first = await zoe.call("POST", `/chat/${passed.id}/messages`, shown, { "idempotency-key": "m" });
  expect(first.status).toBe(201);
  await ann.call("POST", `/chat/${passed.id}/messages`, { ...text, mentions: [zoe.id] });
  await zoe.call("PUT", `/chat/${passed.id}/messages/2/reactions/${encodeURIComponent("🎉")}`);
  await zoe.call("PUT", `/chat/${passed.id}/pins/2`);
  await zoe.call("PUT", `/chat/${passed.id}/read`, { seq: 2 });
  const cancelled = await newEvent(world, zoe, { people: [ann.id, "nobody@example.org"] });
  const alone = await newEvent(world, zoe, { name: "Zoe Unmistakable's diary" });
  await newEvent(world, zoe, { name: "Zoe Unmistakable's runs", recurrence: "FREQ=WEEKLY;COUNT=3" });
  const runs = await newEvent(world, ann, { people: [zoe.id], recurrence: "FREQ=WEEKLY;COUNT=3" });
  const answer = { status: "maybe" };
  await zoe.call("PUT", `/event/${occurrenceId(runs.id, Number(runs.start_time) * 1000)}/rsvp`, answer);
  const visited = await newEvent(world, ann, { people: [zoe.id, zoe.email] });
  await zoe.call("PUT", `/event/${visited.id}/rsvp`, { status: "accepted" });
  const shared = { share: true, from: 1_906_632_000, to: 1_907_236_800 };
  expectOk(await zoe.call("PUT", `/event/${visited.id}/availability`, shared));
  expectOk(await zoe.call("PUT", `/event/${visited.id}/start`, plaza));
  const left = await newEvent(world, ann, { people: [zoe.id] });
  await zoe.call("DELETE", `/event/${left.id}/people/${zoe.id}`);
  const addressed = await newEvent(world, ann, { people: [zoe.email] });
  const polled = await newPoll(world, ann, zoe);
  expectOk(await vote(zoe, polled.event, { [polled.first]: "yes" }));
  expectOk(await settings(ann, polled.event, { required: [zoe.id] }));
  return { ann, bob, cem, dee, zoe, passed, cancelled, alone, visited, left, addressed, photo };
}

describe("erasure", () => {
  test("case 108: nothing that names the person remains in any table but references and the tombstone", async () => {
    await using world = await createWorld();
    const { zoe, photo } = await createLife(world);
    const path = `${world.directory}/jarvis.db`;
    const { session } = await authenticate(world.server.ctx, zoe.token);
    const needles = [zoe.id, zoe.email, zoe.username, "Unmistakable", String(session)];
    needles.push(photo, "zoe-subject", "zoe-passkey", "zoe-credential", "zoe-public-key", "zoe-address");
    const traced = new Set(searchStore(path, needles).map((cell) => cell.split(".")[0]));
    const untraced = [...shapeOf(path).keys()].filter((table) => !traced.has(table));
    const nobodys = [
      "chat_index",
      "google_revocation",
      "lease",
      "meta",
      "migration",
      "poll",
      "poll_option",
      "revoked_id_token",
      "tombstone",
    ];
    expect(untraced).toEqual(nobodys);
    expectOk(await erase(zoe));
    expect(searchStore(path, needles)).toEqual(["entry.data", "tombstone.user_id"]);
    // An entry refers to a person by an id alone, which resolves to nobody now.
    expect(searchStore(path, needles.slice(1))).toEqual([]);
    await world.restart();
    expect(searchStore(path, needles)).toEqual(["entry.data", "tombstone.user_id"]);
  });

  test("leaves nothing in the file either, not even where it was free space", async () => {
    await using world = await createWorld();
    const { zoe } = await createLife(world);
    expectOk(await erase(zoe));
    world.clock.advance(5 * 60_000);
    await runHousekeeping(world.server.ctx);
    for (const needle of ["unmistakable", "zoe-address", "zoe-subject", "zoe-credential", "zoe-public-key"])
      expect(filesOf(world)).not.toContain(needle);
    expect(filesOf(world)).toContain("see you there");
  });

  test("leaves the events to others: host takes over, else cancelled; nobody there: gone", async () => {
    await using world = await createWorld();
    const { ann, bob, zoe, passed, cancelled, alone, visited, addressed } = await createLife(world);
    expectOk(await erase(zoe));
    const inherited = expectOk(await bob.call("GET", `/event/${passed.id}`));
    expect([inherited.status, inherited.owner]).toEqual(["pending", bob.email]);
    expect(inherited.people.map(({ id, role }: Person & { role: string }) => [id, role])).toEqual([
      [bob.id, "owner"],
      [ann.id, "guest"],
    ]);
    expectOk(await bob.call("PATCH", `/event/${passed.id}`, { name: "Still on" }));
    const ended = expectOk(await ann.call("GET", `/event/${cancelled.id}`));
    expect([ended.status, ended.owner, ended.people.length]).toEqual(["cancelled", "", 1]);
    const { read } = world.server.ctx.db;
    const events = await read.selectFrom("event").select("id").execute();
    expect(events.map(({ id }): string => id)).not.toContain(alone.id);
    for (const { id } of [visited, addressed])
      expect(expectOk(await ann.call("GET", `/event/${id}`)).people).toHaveLength(1);
  });

  test("passes an event to the host who has been in it the longest", async () => {
    await using world = await createWorld();
    const { ann, bob, cem, zoe } = await world.people("ann", "bob", "cem", "zoe");
    const event = await newEvent(world, zoe, { people: [ann.id] });
    for (const person of [bob, cem]) {
      world.clock.advance(1_000);
      await zoe.call("POST", `/event/${event.id}/people`, { people: [person.id] });
      await zoe.call("PATCH", `/event/${event.id}/people/${person.id}`, { role: "host" });
    }
    expectOk(await erase(zoe));
    const { owner, status } = expectOk(await cem.call("GET", `/event/${event.id}`));
    expect([owner, status]).toEqual([bob.email, "pending"]);
  });

  test("keeps the messages, without author, in their place", async () => {
    await using world = await createWorld();
    const { ann, bob, zoe, passed } = await createLife(world);
    expectOk(await erase(zoe));
    const messages = expectOk(await bob.call("GET", `/chat/${passed.id}/messages`));
    expect(messages.map(({ seq, author, text }: Record<string, unknown>) => [seq, author, text])).toEqual([
      [1, null, "see you there"],
      [2, { id: ann.id, username: "ann" }, "see you there"],
      [3, null, ""],
    ]);
    const { mentions, reactions, system } = { ...messages[1], system: messages[2].system };
    expect([mentions, reactions]).toEqual([undefined, undefined]);
    expect(system).toEqual({ code: "owner_changed", params: { user: bob.id } });
    expect(expectOk(await ann.call("GET", `/chat/${passed.id}`)).pins).toEqual([2]);
  });

  test("closes the sockets with 4401, and the others see it in entries, without a name", async () => {
    await using world = await createWorld();
    const { ann, dee, zoe, passed } = await createLife(world);
    const own = await connect(world.url, zoe);
    await using friend = await connect(world.url, ann);
    await using asked = await connect(world.url, dee);
    expectOk(await erase(zoe));
    expect(await own.closed).toBe(4401);
    await friend.flushed();
    await asked.flushed();
    const seen = [...friend.entries(`event:${passed.id}`), ...friend.entries(`user:${ann.id}`)];
    const kinds = seen.map(({ kind, data }) => [kind, data["op"] ?? data["state"]]);
    expect(kinds).toEqual([
      ["people", "role"],
      ["event", undefined],
      ["message", undefined],
      ["people", "removed"],
      ["people", "erased"],
      ["reaction", "removed"],
      ["message_edited", undefined],
      ["share", undefined],
      ["share", undefined],
      ["friend", "removed"],
    ]);
    expect(JSON.stringify(friend.frames) + JSON.stringify(asked.frames)).not.toContain("Unmistakable");
    expect(own.entries(`user:${zoe.id}`)).toEqual([]);
  });

  test("the token is dead, and so is who the person was to others", async () => {
    await using world = await createWorld();
    const { ann, zoe } = await createLife(world);
    expectOk(await erase(zoe));
    expect(codeOf(await zoe.call("GET", `/user/${zoe.id}`))).toBe("unauthenticated");
    expect(codeOf(await ann.call("GET", `/user/${zoe.id}`))).toBe("not_found");
    expect(expectOk(await ann.call("GET", `/user/${ann.id}/friends`))).toEqual([]);
    expect(codeOf(await erase(zoe))).toBe("unauthenticated");
  });

  test("the address and the identity sign up afresh and inherit nothing", async () => {
    await using world = await createSignInWorld();
    const { ann } = await world.people("ann");
    const before = (await world.signUpWithToken({})).response;
    const event = await newEvent(world, ann, { people: ["ann@example.org"] });
    expectOk(await world.as(before.token, "PUT", `/event/${event.id}/rsvp`, { status: "accepted" }));
    const unanswered = await newEvent(world, ann, { people: ["ann@example.org"] });
    await world.as(before.token, "POST", `/chat/${event.id}/messages`, { text: "hi", client_id: "1" });
    expectOk(await world.as(before.token, "DELETE", `/user/${before.id}`));
    world.clock.advance(1_000);
    const token = await world.issuer.sign(world.claims());
    expect(codeOf(await world.as(token, "GET", `/user/${before.id}`))).toBe("no_account");
    const after = await world.signUpWithToken({});
    expect([after.status, after.response.id === before.id]).toEqual([201, false]);
    const { id, token: fresh } = after.response;
    expect(expectOk(await world.as(fresh, "GET", `/user/${id}/events`))).toEqual([]);
    for (const { id: old } of [event, unanswered])
      expect(codeOf(await world.as(fresh, "GET", `/event/${old}`))).toBe("not_found");
    const held = expectOk(await world.as(fresh, "GET", `/user/${id}/export`));
    const inherited = [held.messages, held.events, held.positions, held.friends, held.passkeys];
    expect(inherited).toEqual([[], [], [], [], []]);
    expect(held.sessions[0].opened_by).toBe(held.identities[0].id);
  });

  test("an ID token that was presented is dead with the account", async () => {
    await using world = await createSignInWorld();
    const { id } = (await world.signUpWithToken({})).response;
    world.clock.advance(1_000);
    const token = await world.issuer.sign(world.claims());
    expectOk(await world.as(token, "DELETE", `/user/${id}`));
    expect(codeOf(await world.as(token, "GET", `/user/${id}`))).toBe("unauthenticated");
    const body = { email: "ann@example.org", jwt_token: token, username: "Ann" };
    expect(codeOf(await world.call("POST", "/user", body))).toBe("unauthenticated");
  });

  test("an address that was never confirmed takes nothing with it that was sent to its owner", async () => {
    await using world = await createWorld();
    const { ann } = await world.people("ann");
    const squatter = await world.person("squatter", { email: "victim@example.org", confirmed: false });
    const event = await newEvent(world, ann, { people: ["victim@example.org"] });
    expectOk(await erase(squatter));
    const victim = await world.person("victim", { email: "victim@example.org" });
    await world.server.ctx.db.write(async ({ sql }) => {
      await sql.updateTable("user").set({ email_confirmed: 0 }).where("id", "=", victim.id).execute();
    });
    await confirmEmail(world.server.ctx, "victim@example.org");
    expectOk(await victim.call("GET", `/event/${event.id}`));
  });

  test("what a call under way leaves behind is deleted by the next pass", async () => {
    await using world = await createWorld();
    const { ann, zoe } = await world.people("ann", "zoe");
    expectOk(await erase(zoe));
    // As a call writes that was authenticated before and whose body took its time.
    await world.server.ctx.db.write(async ({ sql }) => {
      const people = { to_id: ann.id, from_id: zoe.id };
      const request = { state: "pending", created_ms: 1, declined_ms: null } as const;
      await sql
        .insertInto("friend_request")
        .values({ ...people, ...request })
        .execute();
    });
    await runHousekeeping(world.server.ctx);
    expect(await world.server.ctx.db.read.selectFrom("friend_request").selectAll().execute()).toEqual([]);
  });

  test("an erased account that an older backup brings back is erased again before anybody is served", async () => {
    await using world = await createWorld();
    const { ann, zoe, passed } = await createLife(world);
    // The tombstone alone tells: it is written as a restore carries it over.
    await world.server.ctx.db.write(async ({ sql }) => {
      await sql.insertInto("tombstone").values({ user_id: zoe.id, erased_ms: 1 }).execute();
    });
    await world.restart();
    const needles = [zoe.email, zoe.username];
    expect(searchStore(`${world.directory}/jarvis.db`, needles)).toEqual([]);
    expect(codeOf(await zoe.call("GET", `/user/${zoe.id}`))).toBe("unauthenticated");
    const kinds = (await entriesOf(world, eventStream(passed.id))).map(({ kind }) => kind);
    expect(kinds.slice(-7, -2)).toEqual(["people", "event", "message", "people", "people"]);
    expect((await entriesOf(world, userStream(ann.id))).at(-1)?.kind).toBe("friend");
  });
});

describe("a fresh sign-in", () => {
  test("is needed to export and to erase: five minutes, from the session's beginning or the token's issue", async () => {
    await using world = await createSignInWorld();
    const { ann } = await world.people("ann");
    const { id } = (await world.signUpWithToken({ sub: "s", email: "s@example.org" })).response;
    const idToken = await world.issuer.sign(world.claims({ sub: "s", email: "s@example.org" }));
    world.clock.advance(freshMs);
    expect((await ann.call("GET", `/user/${ann.id}/export`)).status).toBe(200);
    expect((await world.as(idToken, "GET", `/user/${id}/export`)).status).toBe(200);
    world.clock.advance(1);
    for (const [method, path] of [
      ["GET", `/user/${ann.id}/export`],
      ["DELETE", `/user/${ann.id}`],
    ] as const) {
      const answer = await ann.call(method, path);
      expect([answer.status, codeOf(answer)]).toEqual([403, "reauthenticate"]);
    }
    world.clock.advance(1_000);
    expect(codeOf(await world.as(idToken, "DELETE", `/user/${id}`))).toBe("reauthenticate");
    expect((await ann.call("GET", `/user/${ann.id}`)).status).toBe(200);
  });

  test("of oneself only: others are forbidden to whom one sees, and nobody to whom one does not", async () => {
    await using world = await createWorld();
    const { ann, bob, cem } = await world.people("ann", "bob", "cem");
    await world.befriend(ann, bob);
    for (const [method, suffix] of [
      ["GET", "/export"],
      ["DELETE", ""],
    ] as const) {
      expect(codeOf(await ann.call(method, `/user/${bob.id}${suffix}`))).toBe("forbidden");
      expect(codeOf(await ann.call(method, `/user/${cem.id}${suffix}`))).toBe("not_found");
    }
    expect((await bob.call("GET", `/user/${bob.id}`)).status).toBe(200);
  });
});

describe("the export", () => {
  test("holds every row about the caller and no secret", async () => {
    await using world = await createWorld();
    const { ann, bob, cem, dee, zoe, passed } = await createLife(world);
    const held = expectOk(await zoe.call("GET", `/user/${zoe.id}/export`));
    expect(held.account).toMatchObject({ id: zoe.id, email: zoe.email, has_password: false });
    const identity = { issuer: "https://issuer", subject: "zoe-subject", created_ms: 1 };
    expect(held.identities).toEqual([{ id: expect.any(String), ...identity }]);
    const passkey = { id: "zoe-passkey", name: "Unmistakable phone", created_ms: 1, used_ms: 2 };
    expect(held.passkeys).toEqual([passkey]);
    expect(held.sessions).toMatchObject([
      { current: true, opened_by: "zoe-passkey", signed_in_ms: world.clock.now() },
    ]);
    for (const secret of ["zoe-public-key", "zoe-credential"])
      expect(JSON.stringify(held)).not.toContain(secret);
    expect(held.friends.map(({ id }: Person) => id)).toEqual([ann.id]);
    expect(held.friend_requests.outgoing.map(({ id }: Person) => id)).toEqual([dee.id]);
    expect(held.blocks.map(({ id }: Person) => id)).toEqual([cem.id]);
    expect(held.events).toHaveLength(9);
    expect(held.votes.map(({ vote: voted }: { vote: string }) => voted)).toEqual(["yes"]);
    expect(held.required_in).toEqual([held.votes[0].event]);
    expect(held.availability).toHaveLength(1);
    expect(held.starts).toMatchObject([{ mode: "ride" }]);
    expect(held.occurrence_answers).toHaveLength(1);
    expect(held.invitations).toMatchObject([{ email: "nobody@example.org" }]);
    expect(held.messages).toMatchObject([
      { event: passed.id, seq: 1, text: "see you there", client_id: "1" },
    ]);
    expect(held.reactions).toEqual([{ event: passed.id, seq: 2, emoji: "🎉" }]);
    expect(held.pins).toEqual([{ event: passed.id, seq: 2 }]);
    expect(held.read_markers).toEqual([{ event: passed.id, seq: 2 }]);
    expect(held.positions.map(({ event }: { event: string | null }) => event).toSorted()).toEqual(
      [passed.id, null].toSorted(),
    );
    expect(held.consents).toMatchObject([{ event: passed.id, state: "on", precision: "exact" }]);
    expect(held.consents[0].audience.toSorted()).toEqual([ann.id, bob.id].toSorted());
    expect(held.location_requests).toMatchObject([{ from: zoe.id, to: bob.id, state: "pending" }]);
    expect(held.views.map(({ viewer }: { viewer: string }) => viewer).toSorted()).toEqual(
      [ann.id, zoe.id].toSorted(),
    );
    expect(held.shares).toMatchObject([{ friend: ann.id, precision: "exact", viewed_ms: null }]);
    expect(held.idempotency_keys).toMatchObject([{ key: "m" }]);
    expect(held.last_seen_ms).toBe(zoeSeenMs);
    expect(JSON.stringify(held)).not.toContain(Bun.SHA256.hash(zoe.token, "hex"));
    expect(JSON.stringify(held)).not.toContain(zoe.token);
  });

  test("tells nothing of others that the caller may not know", async () => {
    await using world = await createWorld();
    const { ann, bob, zoe } = await world.people("ann", "bob", "zoe");
    await zoe.call("PUT", `/user/${zoe.id}/blocks/${ann.id}`);
    await ann.call("POST", `/user/${zoe.id}/friend_request`, { from: ann.id });
    const undelivered = await newEvent(world, ann, { people: [zoe.id] });
    const removed = await newEvent(world, bob, { name: "Secret plans", people: [zoe.id] });
    await bob.call("DELETE", `/event/${removed.id}/people/${zoe.id}`);
    await zoe.call("POST", `/user/${bob.id}/friend_request`, { from: zoe.id });
    await bob.call("PUT", `/user/${bob.id}/friend_request/${zoe.id}`, { answer: "decline" });
    const held = expectOk(await zoe.call("GET", `/user/${zoe.id}/export`));
    expect(held.friend_requests.incoming).toEqual([]);
    expect(held.friend_requests.outgoing).toHaveLength(1);
    expect(held.events).toMatchObject([{ id: removed.id, name: null, state: "removed" }]);
    expect(JSON.stringify(held)).not.toContain(undelivered.id);
    expect(JSON.stringify(held)).not.toContain("decline");
  });

  test("is complete for who has written more than a page", async () => {
    await using world = await createWorld();
    const { ann } = await world.people("ann");
    const { id } = await newEvent(world, ann);
    const sends = Array.from({ length: 1_001 }, (_, i) =>
      ann.call("POST", `/chat/${id}/messages`, { text: `${i}`, client_id: `${i}` }),
    );
    await Promise.all(sends);
    const { messages } = expectOk(await ann.call("GET", `/user/${ann.id}/export`));
    expect(messages.map(({ seq }: { seq: number }) => seq)).toEqual(sends.map((_, i) => i + 1));
  });
});

test("the SDK exports and erases", async () => {
  await using world = await createWorld();
  const { ann } = await world.people("ann");
  const client = createClient({ baseUrl: world.url, token: ann.token });
  const held = await client.privacy.exportUser({ id: ann.id });
  expect(held.account.username).toBe("ann");
  expect(await client.privacy.eraseUser({ id: ann.id })).toBe("success");
  expect(codeOf(await ann.call("GET", `/user/${ann.id}`))).toBe("unauthenticated");
});
