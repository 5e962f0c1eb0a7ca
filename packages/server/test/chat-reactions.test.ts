import { describe, expect, test } from "bun:test";
import { limits } from "@jarvis/contract";
import { codeOf, expectOk, newEvent } from "./support/events.ts";
import { connect, epochOf } from "./support/socket.ts";
import { type Answer, createWorld, type Json, type Person, type World } from "./support/world.ts";

let count = 0;
async function send(person: Person, chat: string, text = "hi"): Promise<number> {
  const body = { text, client_id: `r${count++}` };
  return expectOk(await person.call("POST", `/chat/${chat}/messages`, body), 201).seq;
}

function react(person: Person, chat: string, emoji: string, seq = 1, method = "PUT"): Promise<Answer> {
  return person.call(method, `/chat/${chat}/messages/${seq}/reactions/${encodeURIComponent(emoji)}`);
}

async function party(...more: string[]): Promise<{ world: World; people: Person[]; chat: string }> {
  const world = await createWorld();
  const people: Person[] = [];
  for (const name of ["ann", "bob", ...more]) people.push(await world.person(name));
  const [ann, ...guests] = people as [Person, ...Person[]]; // two at least
  const { id } = await newEvent(world, ann, { people: guests.map((guest) => guest.id) });
  return { world, people, chat: id };
}

const twenty = "😀 😁 😂 🤣 😃 😄 😅 😆 😉 😊 😋 😎 😍 😘 🥰 😗 😙 😚 🙂 🤗".split(" ");
const others = "🤔 🤨 😐 😑 😶 🙄 😏 😣 😥 😮".split(" ");

function kindsIn(world: World, chat: string) {
  return world.server.ctx.db.read
    .selectFrom("entry")
    .select(["kind", "data"])
    .where("stream", "=", `event:${chat}`)
    .execute();
}

describe("reacting", () => {
  test("answers the message with who gave what, in the order in which it was first given", async () => {
    const { world, people, chat } = await party("cem");
    await using _ = world;
    const [ann, bob, cem] = people as [Person, Person, Person];
    await send(ann, chat);
    await react(ann, chat, "👍");
    await react(bob, chat, "🎉");
    await react(cem, chat, "👍");
    const all = [
      { emoji: "👍", users: [ann.id, cem.id] },
      { emoji: "🎉", users: [bob.id] },
    ];
    expect(expectOk(await react(cem, chat, "👍")).reactions).toEqual(all);
    // Whoever was the first takes it back: the emoji was there all the time, and keeps its place.
    expect(expectOk(await react(ann, chat, "👍", 1, "DELETE")).reactions).toEqual([
      { emoji: "👍", users: [cem.id] },
      { emoji: "🎉", users: [bob.id] },
    ]);
    // Once it was gone, it comes last.
    await react(cem, chat, "👍", 1, "DELETE");
    expect(expectOk(await react(ann, chat, "👍")).reactions).toEqual([
      { emoji: "🎉", users: [bob.id] },
      { emoji: "👍", users: [ann.id] },
    ]);
    const listed = expectOk(await bob.call("GET", `/chat/${chat}/messages`));
    const { last_message } = expectOk(await bob.call("GET", `/chat/${chat}`));
    for (const message of [...listed, last_message]) {
      expect(message.reactions.map((group: Json) => group.emoji)).toEqual(["🎉", "👍"]);
      expect(message.client_id).toBeUndefined();
    }
  });

  test("again changes and reports nothing, nor does taking back what is not there", async () => {
    const { world, people, chat } = await party();
    await using _ = world;
    const [ann, bob] = people as [Person, Person];
    await send(ann, chat);
    const first = expectOk(await react(bob, chat, "👍"));
    expect(expectOk(await react(bob, chat, "👍"))).toEqual(first);
    expect(expectOk(await react(ann, chat, "👍", 1, "DELETE"))).toMatchObject({ reactions: first.reactions });
    expect(expectOk(await react(bob, chat, "🎉", 1, "DELETE"))).toEqual(first);
    const gone = expectOk(await react(bob, chat, "👍", 1, "DELETE"));
    expect(gone.reactions).toBeUndefined();
    expect(expectOk(await react(bob, chat, "👍", 1, "DELETE"))).toEqual(gone);
    expect((await kindsIn(world, chat)).map(({ kind }) => kind)).toEqual(["message", "reaction", "reaction"]);
  });

  test("takes one emoji as Unicode recommends it, however long, and nothing else", async () => {
    const { world, people, chat } = await party();
    await using _ = world;
    const [ann, bob] = people as [Person, Person];
    await send(ann, chat);
    for (const emoji of ["👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️", "👍🏽", "1️⃣"]) {
      expect(expectOk(await react(bob, chat, emoji)).reactions.at(-1).emoji).toBe(emoji);
      expectOk(await react(bob, chat, emoji, 1, "DELETE"));
    }
    for (const text of ["x", "❤", "👍👍", "👍 ", "1", "🇦", "%F0", "a".repeat(2_000), "\u0000", "<b>", "..x"])
      expect([text, codeOf(await react(bob, chat, text))]).toEqual([text, "invalid_input"]);
    const raw = await bob.call("PUT", `/chat/${chat}/messages/1/reactions/%ff%fe`);
    expect(codeOf(raw)).toBe("invalid_input");
  });

  test("a message takes 20 different emoji, and 5 of one person; more of what is there is welcome", async () => {
    const { world, people, chat } = await party("p2", "p3", "p4", "p5");
    await using _ = world;
    const [ann, bob, ...rest] = people as [Person, Person, ...Person[]];
    await send(ann, chat);
    for (const emoji of twenty.slice(0, 5)) expectOk(await react(ann, chat, emoji));
    expect(codeOf(await react(ann, chat, twenty[5] ?? ""))).toBe("limit_exceeded");
    expectOk(await react(ann, chat, twenty[0] ?? ""));
    for (const [index, emoji] of twenty.slice(5).entries())
      expectOk(await react(rest[Math.floor(index / 5)] ?? ann, chat, emoji));
    expect(codeOf(await react(bob, chat, others[0] ?? ""))).toBe("limit_exceeded");
    expect(expectOk(await react(bob, chat, twenty[19] ?? "")).reactions).toHaveLength(20);
    await react(bob, chat, twenty[19] ?? "", 1, "DELETE");
    await react(ann, chat, twenty[0] ?? "", 1, "DELETE");
    expect(expectOk(await react(bob, chat, others[0] ?? "")).reactions.at(-1).emoji).toBe(others[0]);
  });

  test("a deleted message takes none and loses what it had; editing keeps them", async () => {
    const { world, people, chat } = await party();
    await using _ = world;
    const [ann, bob] = people as [Person, Person];
    await send(ann, chat);
    const { reactions } = expectOk(await react(bob, chat, "👍"));
    const edited = await ann.call("PATCH", `/chat/${chat}/messages/1`, { text: "hello" });
    expect(expectOk(edited)).toMatchObject({ text: "hello", reactions });
    const deleted = expectOk(await ann.call("DELETE", `/chat/${chat}/messages/1`));
    expect([deleted.reactions, deleted.reactions_entry]).toEqual([undefined, undefined]);
    expect(codeOf(await react(bob, chat, "👍"))).toBe("forbidden");
    expect(expectOk(await react(bob, chat, "👍", 1, "DELETE")).deleted).toBe(true);
    expect(await world.server.ctx.db.read.selectFrom("reaction").selectAll().execute()).toEqual([]);
  });

  test("counts against the chat's rate", async () => {
    await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "on" } });
    const ann = await world.person("ann");
    const { id } = await newEvent(world, ann);
    await send(ann, id);
    const answers: unknown[] = [];
    for (let i = 0; i < 20; i++) {
      const path = i % 2 === 0 ? `/chat/${id}/pins/1` : `/chat/${id}/messages/1/reactions/%F0%9F%91%8D`;
      answers.push(codeOf(await ann.call(i % 4 < 2 ? "PUT" : "DELETE", path)));
    }
    expect(answers).toEqual([...Array(19).fill(200), "too_many_requests"]);
  });
});

describe("races", () => {
  test("50 reactions of one person at once are one, reported once", async () => {
    const { world, people, chat } = await party();
    await using _ = world;
    const [ann, bob] = people as [Person, Person];
    await send(ann, chat);
    const answers = await Promise.all(Array.from({ length: 50 }, () => react(bob, chat, "👍")));
    for (const answer of answers)
      expect(expectOk(answer).reactions).toEqual([{ emoji: "👍", users: [bob.id] }]);
    expect((await kindsIn(world, chat)).filter(({ kind }) => kind === "reaction")).toHaveLength(1);
  });

  test("of 30 different emoji given at once by many exactly 20 find a place, and 5 of one person", async () => {
    const { world, people, chat } = await party("p2", "p3", "p4", "p5");
    await using _ = world;
    await send(people[0] as Person, chat);
    const thirty = [...twenty, ...others];
    const given = await Promise.all(thirty.map((emoji, i) => react(people[i % 6] as Person, chat, emoji)));
    expect(given.filter(({ status }) => status === 200)).toHaveLength(limits.emojiPerMessage);
    expect(new Set(given.map(codeOf))).toEqual(new Set([200, "limit_exceeded"]));
    const [message] = expectOk(await (people[0] as Person).call("GET", `/chat/${chat}/messages`));
    expect(message.reactions).toHaveLength(limits.emojiPerMessage);
    const second = await send(people[0] as Person, chat);
    const mine = await Promise.all(thirty.map((emoji) => react(people[1] as Person, chat, emoji, second)));
    expect(mine.filter(({ status }) => status === 200)).toHaveLength(limits.emojiPerPerson);
  });

  test("a reaction and the deletion of its message at once leave no reaction", async () => {
    const { world, people, chat } = await party();
    await using _ = world;
    const [ann, bob] = people as [Person, Person];
    const outcomes = new Set<unknown>();
    for (let round = 0; round < 20; round++) {
      const seq = await send(ann, chat);
      const deletion = () => ann.call("DELETE", `/chat/${chat}/messages/${seq}`);
      const reaction = () => react(bob, chat, "👍", seq);
      const both = round % 2 === 0 ? [deletion(), reaction()] : [reaction(), deletion()];
      for (const answer of await Promise.all(both)) outcomes.add(codeOf(answer));
    }
    expect(outcomes).toEqual(new Set([200, "forbidden"]));
    expect(await world.server.ctx.db.read.selectFrom("reaction").selectAll().execute()).toEqual([]);
    for (const message of expectOk(await bob.call("GET", `/chat/${chat}/messages`)))
      expect(message.reactions).toBeUndefined();
  });
});

describe("over sockets", () => {
  test("everybody hears of a reaction once, the one who gave it on all devices", async () => {
    const { world, people, chat } = await party();
    await using _ = world;
    const [ann, bob] = people as [Person, Person];
    await send(ann, chat);
    await using anns = await connect(world.url, ann);
    await using phone = await connect(world.url, bob);
    await using laptop = await connect(world.url, bob);
    await react(bob, chat, "👍");
    await react(bob, chat, "👍", 1, "DELETE");
    for (const socket of [anns, phone, laptop]) {
      await socket.next("entry", ({ data }) => data["op"] === "removed");
      expect(socket.entries(`event:${chat}`, "reaction").map(({ data }) => data)).toEqual([
        { seq: 1, user: bob.id, emoji: "👍", op: "added" },
        { seq: 1, user: bob.id, emoji: "👍", op: "removed" },
      ]);
    }
  });

  test("what was put on a message that is gone is told no more", async () => {
    const { world, people, chat } = await party();
    await using _ = world;
    const [ann, bob] = people as [Person, Person];
    await send(ann, chat);
    const before = await connect(world.url, bob);
    const epoch = await epochOf(before);
    await before.drop();
    await react(ann, chat, "👍");
    await ann.call("PUT", `/chat/${chat}/pins/1`);
    await ann.call("DELETE", `/chat/${chat}/messages/1`);
    await using after = await connect(world.url, bob, { epoch, resume: { [`event:${chat}`]: 1 } });
    await after.next("entry", ({ seq }) => seq === 4);
    expect(after.entries(`event:${chat}`).map(({ kind }) => kind)).toEqual(["message_deleted"]);
    expect(after.of("skip").map(({ from, to }) => [from, to])).toEqual([[2, 3]]);
  });

  test("for whom a message never was, nothing is put on it, live and later", async () => {
    const { world, people, chat } = await party();
    await using _ = world;
    const [ann, bob] = people as [Person, Person];
    await ann.call("DELETE", `/event/${chat}/people/${bob.id}`);
    const hidden = await send(ann, chat, "behind his back");
    await ann.call("POST", `/event/${chat}/people`, { people: [bob.id] });
    const open = await send(ann, chat, "with him");
    await using live = await connect(world.url, bob);
    const { [`event:${chat}`]: head = 0 } = (await live.next("welcome")).streams;
    for (const seq of [hidden, open]) {
      await react(ann, chat, "👍", seq);
      await ann.call("PUT", `/chat/${chat}/pins/${seq}`);
      await ann.call("DELETE", `/chat/${chat}/pins/${seq}`);
    }
    await live.next("entry", ({ seq }) => seq === head + 6);
    const epoch = await epochOf(live);
    await using later = await connect(world.url, bob, { epoch, resume: { [`event:${chat}`]: head } });
    await later.next("entry", ({ seq }) => seq === head + 6);
    for (const socket of [live, later]) {
      expect(socket.entries(`event:${chat}`).map(({ data }) => data["seq"])).toEqual([open, open, open]);
      const skipped = socket.of("skip").flatMap(({ from, to }) => [from, to]);
      expect([skipped[0], skipped.at(-1)]).toEqual([head + 1, head + 3]);
    }
    expect(codeOf(await react(bob, chat, "👍", hidden))).toBe("not_found");
    expect(codeOf(await bob.call("PUT", `/chat/${chat}/pins/${hidden}`))).toBe("not_found");
    expect(codeOf(await bob.call("DELETE", `/chat/${chat}/pins/${hidden}`))).toBe("not_found");
    await ann.call("PUT", `/chat/${chat}/pins/${hidden}`);
    await ann.call("PUT", `/chat/${chat}/pins/${open}`);
    expect(expectOk(await bob.call("GET", `/chat/${chat}`)).pins).toEqual([open]);
    expect(expectOk(await bob.call("GET", `/chat/${chat}/pins`)).map(({ seq }: Json) => seq)).toEqual([open]);
    expect(expectOk(await bob.call("DELETE", `/chat/${chat}/pins/${open}`)).pins).toEqual([]);
    expect(expectOk(await ann.call("GET", `/chat/${chat}`)).pins).toEqual([hidden]);
  });
});
