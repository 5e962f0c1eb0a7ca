import { describe, expect, test } from "bun:test";
import { createClient } from "@jarvis/sdk";
import { runHousekeeping } from "../src/housekeeping.ts";
import { codeOf, day, expectOk } from "./support/events.ts";
import { createWorld, type Json, type Person, type World } from "./support/world.ts";

const dinner = { name: "Dinner", duration: 3_600 };

function create(person: Person, key: string, body: object = dinner) {
  return person.call("POST", "/event", body, { "idempotency-key": key });
}

async function eventCount(person: Person): Promise<number> {
  return (await person.call("GET", `/user/${person.id}/events`)).response.length;
}

/** Holds the store's units back until called; resolves once this many more wait behind it. */
async function holdUnits(world: World) {
  const { db } = world.server.ctx;
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const held = db.write(() => {
    begun.resolve();
    return gate.promise;
  });
  await begun.promise;
  return {
    async waiting(count: number) {
      while (db.stats().queued < count) await world.call("GET", "/health");
    },
    async release() {
      gate.resolve();
      await held;
    },
  };
}

describe("an Idempotency-Key", () => {
  test("makes one event of many calls, and repeats answer it as it is now", async () => {
    await using world = await createWorld();
    const { ann } = await world.people("ann");
    const first = await create(ann, "k");
    expect(first.status).toBe(201);
    await ann.call("PATCH", `/event/${first.response.id}`, { name: "Supper" });
    const again = await create(ann, "k");
    expect([again.status, again.response.id, again.response.name]).toEqual([
      200,
      first.response.id,
      "Supper",
    ]);
    expect(await eventCount(ann)).toBe(1);
    expect((await create(ann, "other")).status).toBe(201);
  });

  test("belongs to one user, one method and one path", async () => {
    await using world = await createWorld();
    const { ann, bob } = await world.people("ann", "bob");
    const ids = [await create(ann, "k"), await create(bob, "k")].map((answer) => answer.response.id);
    expect(new Set(ids).size).toBe(2);
    const message = { text: "hi", client_id: "1" };
    for (const id of [ids[0], (await create(ann, "second")).response.id]) {
      const sent = await ann.call("POST", `/chat/${id}/messages`, message, { "idempotency-key": "k" });
      expect(sent.status).toBe(201);
    }
  });

  test("with another body is refused, whether the first succeeded long ago or not", async () => {
    await using world = await createWorld();
    const { ann } = await world.people("ann");
    await create(ann, "k");
    const reused = await create(ann, "k", { ...dinner, name: "Breakfast" });
    expect([reused.status, codeOf(reused)]).toEqual([422, "idempotency_key_reused"]);
    expect(await eventCount(ann)).toBe(1);
  });

  test.each(["", "x".repeat(65), "two words", "caf\u00e9"])("%j is malformed", async (key) => {
    await using world = await createWorld();
    const { ann } = await world.people("ann");
    const answer = await create(ann, key);
    expect([answer.status, codeOf(answer)]).toEqual([400, "invalid_input"]);
    expect(await eventCount(ann)).toBe(0);
  });

  test("of a call that failed is free again", async () => {
    await using world = await createWorld();
    const { ann } = await world.people("ann");
    expect(codeOf(await create(ann, "k", { ...dinner, recurrence: "FREQ=HOURLY" }))).toBe("unsupported");
    expect((await create(ann, "k")).status).toBe(201);
  });

  test("survives a restart, and ends after 24 hours", async () => {
    await using world = await createWorld();
    const { ann } = await world.people("ann");
    const { id } = (await create(ann, "k")).response;
    await world.restart();
    world.clock.advance(day - 1_000);
    await runHousekeeping(world.server.ctx);
    expect((await create(ann, "k")).response.id).toBe(id);
    world.clock.advance(1_000);
    const later = await create(ann, "k");
    expect([later.status, later.response.id === id]).toEqual([201, false]);
    expect((await create(ann, "k")).response.id).toBe(later.response.id);
    world.clock.advance(day);
    await runHousekeeping(world.server.ctx);
    const rows = await world.server.ctx.db.read.selectFrom("idempotency").selectAll().execute();
    expect(rows).toEqual([]);
  });

  test("asks for permission anew: who was removed gets nothing back", async () => {
    await using world = await createWorld();
    const { ann, bob } = await world.people("ann", "bob");
    const { id } = (await create(ann, "k", { ...dinner, people: [bob.id] })).response;
    const send = () =>
      bob.call("POST", `/chat/${id}/messages`, { text: "hi", client_id: "1" }, { "idempotency-key": "m" });
    expect((await send()).status).toBe(201);
    const repeat = await send();
    expect([repeat.status, repeat.response.seq, repeat.response.client_id]).toEqual([200, 1, "1"]);
    await ann.call("DELETE", `/event/${id}/people/${bob.id}`);
    expect(codeOf(await send())).toBe("not_found");
  });

  test("keeps a repeated invitation from bringing back who was removed since", async () => {
    await using world = await createWorld();
    const { ann, bob } = await world.people("ann", "bob");
    const { id } = (await create(ann, "k")).response;
    const invite = () =>
      ann.call("POST", `/event/${id}/people`, { people: [bob.id] }, { "idempotency-key": "p" });
    expectOk(await invite());
    await ann.call("DELETE", `/event/${id}/people/${bob.id}`);
    expect(expectOk(await invite()).people).toHaveLength(1);
  });

  test("is ignored where secrets are answered", async () => {
    await using world = await createWorld();
    const body = { email: "ada@example.org", password: "correct horse", username: "Ada" };
    const headers = { "idempotency-key": "not ascii: \u00e9" };
    const tokens = [
      await world.call("POST", "/user", body, headers),
      await world.call("POST", "/login", body, headers),
    ].map((answer) => answer.response.token);
    expect(new Set(tokens).size).toBe(2);
    expect(await world.server.ctx.db.read.selectFrom("idempotency").selectAll().execute()).toEqual([]);
  });
});

describe("races on one Idempotency-Key", () => {
  test("while the first call runs, others are told so; then they find what it made", async () => {
    await using world = await createWorld();
    const { ann } = await world.people("ann");
    const units = await holdUnits(world);
    const first = create(ann, "k");
    await units.waiting(1);
    const meanwhile = await create(ann, "k");
    expect([meanwhile.status, codeOf(meanwhile)]).toEqual([409, "in_progress"]);
    await units.release();
    const { id } = (await first).response;
    expect((await create(ann, "k")).response.id).toBe(id);
  });

  test("50 at once make exactly one event", async () => {
    await using world = await createWorld();
    const { ann } = await world.people("ann");
    const answers = await Promise.all(Array.from({ length: 50 }, () => create(ann, "k")));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.every(({ status }) => [200, 201, 409].includes(status))).toBe(true);
    expect(await eventCount(ann)).toBe(1);
    expect((await create(ann, "k")).status).toBe(200);
  });

  test("the key is kept in the unit that creates: where it cannot be, nothing is created", async () => {
    await using world = await createWorld();
    const { ann } = await world.people("ann");
    const { db } = world.server.ctx;
    // Stands for another process on the same store, which is quicker by a moment.
    const units = await holdUnits(world);
    const kept = db.write(async ({ sql }) => {
      const row = { user_id: ann.id, method: "POST", path: "/event", key: "k", created_id: "elsewhere" };
      const made = { body_hash: new Uint8Array(32), created_ms: world.clock.now() };
      await sql
        .insertInto("idempotency")
        .values({ ...row, ...made })
        .execute();
    });
    const late = create(ann, "k");
    await units.waiting(2);
    await units.release();
    await kept;
    expect(codeOf(await late)).toBe("in_progress");
    expect(await eventCount(ann)).toBe(0);
  });
});

test("the SDK names a creation", async () => {
  await using world = await createWorld();
  const { ann } = await world.people("ann");
  const client = createClient({ baseUrl: world.url, token: ann.token });
  const options = { idempotencyKey: "from the SDK".replaceAll(" ", "-") };
  const [first, second] = [
    await client.events.createEvent(dinner, options),
    await client.events.createEvent(dinner, options),
  ];
  expect(second.id).toBe(first.id);
});

test("the OpenAPI document shows where it is taken, and how it can fail", async () => {
  await using world = await createWorld();
  const document: Json = await (await fetch(`${world.url}/openapi.json`)).json();
  const taking = Object.values<Json>(document.paths).flatMap((path) =>
    Object.values<Json>(path).filter(({ parameters }) =>
      parameters.some(({ name }: Json) => name === "Idempotency-Key"),
    ),
  );
  expect(taking.map(({ operationId }) => operationId).toSorted()).toEqual([
    "addPeople",
    "createEvent",
    "sendMessage",
  ]);
  for (const { responses } of taking)
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(["409", "422"]));
});
