import { describe, expect, test } from "bun:test";
import { codeOf, expectOk, newEvent } from "./support/events.ts";
import { connect } from "./support/socket.ts";
import { createWorld, type Json, type Person, type World } from "./support/world.ts";

async function party(input: Record<string, unknown> = {}) {
  const world = await createWorld();
  const { ann, bob } = await world.people("ann", "bob");
  const event = await newEvent(world, ann, { people: [bob.id], ...input });
  return { world, ann, bob, event, chat: event.id };
}

async function told(person: Person, chat: string): Promise<Json[]> {
  return expectOk(await person.call("GET", `/chat/${chat}/messages`)).map(({ system }: Json) => system);
}

const place = { latitude: 1, longitude: 2, name: "Brix", address: "" };

describe("what the chat is told", () => {
  test("each thing that was agreed and is changed, once, by whoever did it, together with the change", async () => {
    const { world, ann, bob, event, chat } = await party({ place });
    await using _ = world;
    await using heard = await connect(world.url, bob);
    const start = Number(event.start_time) + 3_600;
    const change = {
      name: "Late dinner",
      start_time: start,
      duration: 60,
      place: { ...place, name: "Plaza" },
    };
    expectOk(await ann.call("PATCH", `/event/${chat}`, change));
    expectOk(await ann.call("PATCH", `/event/${chat}`, change));
    const expected = [
      { code: "renamed", params: { name: "Late dinner" } },
      { code: "time_changed", params: { start_time: String(start), duration: "60" } },
      { code: "place_changed", params: { name: "Plaza" } },
    ];
    expect(await told(bob, chat)).toEqual(expected);
    await heard.message(chat, 3);
    const entries = heard.entries(`event:${chat}`);
    expect(entries.map(({ kind }) => kind)).toEqual(["event", "message", "message", "message"]);
    const messages = heard.messages(chat);
    expect(messages.map(({ system }) => system)).toEqual(expected);
    for (const { author, text } of messages) expect([author.id, text]).toEqual([ann.id, ""]);
    expect(messages).toEqual(expectOk(await bob.call("GET", `/chat/${chat}/messages`)));
    expect(expectOk(await ann.call("GET", `/chat/${chat}`)).unread).toBe(0);
    expect(expectOk(await bob.call("GET", `/chat/${chat}`)).unread).toBe(3);
  });

  test("nothing when it is first set, nor of what nobody agreed on", async () => {
    const { world, ann, bob, chat } = await party({ start_time: null });
    await using _ = world;
    expectOk(await ann.call("PATCH", `/event/${chat}`, { duration: 60, capacity: 5 }));
    expectOk(await ann.call("PATCH", `/event/${chat}`, { start_time: 1_950_000_000 }));
    expectOk(await ann.call("PUT", `/event/${chat}/place`, place));
    expectOk(await ann.call("PATCH", `/event/${chat}`, { description: "x", time_zone: "Europe/Rome" }));
    expect(await told(bob, chat)).toEqual([]);
    expectOk(await ann.call("PATCH", `/event/${chat}`, { start_time: null }));
    expectOk(await ann.call("PATCH", `/event/${chat}`, { place: null }));
    expect(await told(bob, chat)).toEqual([
      { code: "time_changed", params: { start_time: "", duration: "60" } },
      { code: "place_changed", params: { name: "" } },
    ]);
  });

  test("a change that is refused tells nothing; cancelling does, once", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const refused = { name: "Other", capacity: 1 };
    await bob.call("PUT", `/event/${chat}/rsvp`, { status: "accepted" });
    expect(codeOf(await ann.call("PATCH", `/event/${chat}`, refused))).toBe("invalid_input");
    expect(codeOf(await bob.call("PATCH", `/event/${chat}`, { name: "Mine" }))).toBe("forbidden");
    expect(await told(bob, chat)).toEqual([]);
    await Promise.all([1, 2, 3].map(() => ann.call("DELETE", `/event/${chat}`)));
    expect(await told(bob, chat)).toEqual([{ code: "cancelled", params: {} }]);
  });

  test("nobody edits, deletes or reacts to one; it may be pinned and answered", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    expectOk(await ann.call("PATCH", `/event/${chat}`, { name: "Other" }));
    const path = `/chat/${chat}/messages/1`;
    for (const person of [ann, bob]) {
      const answers = [
        await person.call("PATCH", path, { text: "forged" }),
        await person.call("DELETE", path),
        await person.call("PUT", `${path}/reactions/${encodeURIComponent("👍")}`),
      ];
      expect(answers.map(codeOf)).toEqual(["forbidden", "forbidden", "forbidden"]);
    }
    expect(expectOk(await bob.call("PUT", `/chat/${chat}/pins/1`)).pins).toEqual([1]);
    const answer = { text: "why?", client_id: "1", reply_to: 1 };
    expectOk(await bob.call("POST", `/chat/${chat}/messages`, answer), 201);
  });
});

describe("erasure", () => {
  async function erase(person: Person): Promise<void> {
    expectOk(await person.call("DELETE", `/user/${person.id}`));
  }

  test("tells who owns the event now, or that it is cancelled, and by nobody any more", async () => {
    const { world, ann, bob, chat } = await party();
    await using _ = world;
    const { id: other } = await newEvent(world, ann, { people: [bob.id] });
    await ann.call("PATCH", `/event/${chat}/people/${bob.id}`, { role: "host" });
    expectOk(await ann.call("PATCH", `/event/${chat}`, { name: "Renamed by ann" }));
    await using heard = await connect(world.url, bob);
    await erase(ann);
    const changed = { code: "owner_changed", params: { user: bob.id } };
    const messages = expectOk(await bob.call("GET", `/chat/${chat}/messages`));
    expect(messages.map(({ author, system }: Json) => [author, system.code])).toEqual([
      [null, "renamed"],
      [null, "owner_changed"],
    ]);
    expect(await told(bob, other)).toEqual([{ code: "cancelled", params: {} }]);
    expect((await heard.message(chat, 2)).data["message"]).toMatchObject({ author: null, system: changed });
  });

  test("of who took it over leaves no id in what was told of them", async () => {
    await using world = await createWorld();
    const { ann, bob, cem } = await world.people("ann", "bob", "cem");
    const { id: chat } = await newEvent(world, ann, { people: [bob.id, cem.id] });
    for (const { id } of [bob, cem]) await ann.call("PATCH", `/event/${chat}/people/${id}`, { role: "host" });
    await erase(ann);
    const owners = (await told(cem, chat)).map(({ params }) => params.user);
    const first = owners[0] === bob.id ? bob : cem;
    const second = first === bob ? cem : bob;
    await using heard = await connect(world.url, second);
    await erase(first);
    expect((await told(second, chat)).map(({ params }) => params.user)).toEqual(["", second.id]);
    const edited = await heard.next("entry", ({ kind }) => kind === "message_edited");
    expect(edited.data["message"]).toMatchObject({ seq: 1, system: { params: { user: "" } } });
    await expectNoTrace(world, first);
  });
});

async function expectNoTrace(world: World, { id }: Person): Promise<void> {
  const rows = await world.server.ctx.db.read.selectFrom("message").selectAll().execute();
  expect(JSON.stringify(rows)).not.toContain(id);
}
