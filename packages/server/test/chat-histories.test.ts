import { expect, test } from "bun:test";
import type { EventId } from "@jarvis/contract";
import * as fc from "fast-check";
import {
  applyEntry,
  caughtUp,
  type ChatState,
  copyOf,
  emptyChat,
  fetchChat,
  heardUpTo,
} from "./support/chat-model.ts";
import { expectOk, newEvent } from "./support/events.ts";
import { connect, epochOf, type TestSocket } from "./support/socket.ts";
import { type Answer, createWorld, type Person, type World } from "./support/world.ts";

const kinds = [
  "send",
  "mention",
  "edit",
  "delete",
  "react",
  "unreact",
  "pin",
  "unpin",
  "rename",
  "remove",
  "readd",
  "look",
] as const;
type Kind = (typeof kinds)[number];

const weights: Partial<Record<Kind, number>> = { react: 10, unreact: 7, send: 5, edit: 3, pin: 3 };

interface Step {
  kind: Kind;
  who: number;
  /** Which of the present messages, from the newest back. */
  back: number;
  emoji: string;
  /** Whether it begins before the one before has been answered. */
  together: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(...kinds.map((kind) => ({ weight: weights[kind] ?? 1, arbitrary: fc.constant(kind) }))),
  who: fc.nat({ max: 2 }),
  back: fc.nat({ max: 3 }),
  emoji: fc.constantFrom("👍", "🎉", "❤️"),
  together: fc.boolean(),
});

/** A moment in which somebody looked at the chat and went away. */
interface Look {
  /** As entries had made it by then, and up to which. */
  heard: ChatState;
  cursor: number;
  /** As a call answered it then. */
  fetched: ChatState;
}

class Evening {
  readonly world: World;
  readonly people: readonly [Person, Person, Person];
  readonly chat: string;
  readonly reader: TestSocket;
  /** The third one's, who comes and goes. */
  readonly guest: TestSocket;
  readonly looks: Look[] = [];
  /** What the guest who comes and goes held when they were last let in. */
  joined: ChatState = emptyChat();
  last = 0;
  readonly done = new Map<string, number>();

  constructor(
    world: World,
    people: readonly [Person, Person, Person],
    chat: string,
    sockets: { reader: TestSocket; guest: TestSocket },
  ) {
    this.world = world;
    this.people = people;
    this.chat = chat;
    this.reader = sockets.reader;
    this.guest = sockets.guest;
  }

  get stream(): string {
    return `event:${this.chat}`;
  }

  async take({ kind, who, back, emoji }: Step, number: number): Promise<void> {
    const [ann, , cem] = this.people;
    const person = this.people[who] ?? ann;
    const seq = Math.max(1, this.last - back);
    const message = `/chat/${this.chat}/messages/${seq}`;
    const reaction = `${message}/reactions/${encodeURIComponent(emoji)}`;
    const text = kind === "mention" || number % 3 === 0 ? `@cem @BOB ${number}` : `m${number}`;
    const calls: Record<Kind, () => Promise<Answer | null>> = {
      send: () => this.send(person, text, number),
      mention: () => this.send(person, text, number),
      edit: () => person.call("PATCH", message, { text }),
      delete: () => person.call("DELETE", message),
      react: () => person.call("PUT", reaction),
      unreact: () => person.call("DELETE", reaction),
      pin: () => person.call("PUT", `/chat/${this.chat}/pins/${seq}`),
      unpin: () => person.call("DELETE", `/chat/${this.chat}/pins/${seq}`),
      rename: () => ann.call("PATCH", `/event/${this.chat}`, { name: `Dinner ${number}` }),
      remove: () => ann.call("DELETE", `/event/${this.chat}/people/${cem.id}`),
      readd: () => this.letIn(),
      look: () => this.look(),
    };
    const answer = await calls[kind]();
    if (answer !== null && answer.status < 300) this.done.set(kind, (this.done.get(kind) ?? 0) + 1);
  }

  async send(person: Person, text: string, number: number): Promise<Answer> {
    const body = { text, client_id: `h${number}` };
    const answer = await person.call("POST", `/chat/${this.chat}/messages`, body);
    if (answer.status === 201) this.last = Math.max(this.last, answer.response.seq);
    return answer;
  }

  async letIn(): Promise<Answer> {
    const [ann, , cem] = this.people;
    const before = this.invitations();
    const wasOut = (await cem.call("GET", `/chat/${this.chat}`)).status === 404;
    const answer = await ann.call("POST", `/event/${this.chat}/people`, { people: [cem.id] });
    if (!wasOut) return answer;
    await this.guest.next("entry", ({ kind, seq }) => kind === "invited" && seq > before);
    this.joined = await fetchChat(cem, this.chat);
    return answer;
  }

  invitations(): number {
    return this.guest.of("entry").findLast(({ kind }) => kind === "invited")?.seq ?? 0;
  }

  async look(): Promise<null> {
    await caughtUp(this.reader, this.stream, await this.head());
    const heard = emptyChat();
    for (const entry of this.reader.entries(this.stream)) applyEntry(heard, entry);
    const cursor = heardUpTo(this.reader, this.stream);
    this.looks.push({ heard, cursor, fetched: await fetchChat(this.people[1], this.chat) });
    return null;
  }

  async head(): Promise<number> {
    const { read } = this.world.server.ctx.db;
    const row = await read
      .selectFrom("stream")
      .select("last_seq")
      .where("id", "=", `event:${this.chat}`)
      .executeTakeFirstOrThrow();
    return row.last_seq;
  }
}

async function live(steps: readonly Step[], totals: Map<string, number>): Promise<void> {
  await using world = await createWorld();
  const { ann, bob, cem } = await world.people("ann", "bob", "cem");
  const { id: chat } = await newEvent(world, ann, { people: [bob.id, cem.id] });
  await using reader = await connect(world.url, bob);
  await using guest = await connect(world.url, cem);
  const evening = new Evening(world, [ann, bob, cem], chat, { reader, guest });
  const pending: Promise<void>[] = [];
  for (const [number, one] of steps.entries()) {
    if (!one.together || one.kind === "readd") await Promise.all(pending.splice(0));
    pending.push(evening.take(one, number));
    if (one.kind === "readd") await Promise.all(pending.splice(0));
  }
  await Promise.all(pending);
  await evening.letIn();
  await evening.look();
  for (const [kind, times] of evening.done) totals.set(kind, (totals.get(kind) ?? 0) + times);

  const fresh = await fetchChat(bob, chat);
  await expectSame(evening, fresh);
  await expectSameForGuest(evening);
}

/** Whoever heard all of it, and whoever comes back after any look, ends where a fresh fetch does. */
async function expectSame(evening: Evening, fresh: ChatState): Promise<void> {
  const { stream, world, people, looks } = evening;
  const epoch = await epochOf(evening.reader);
  expect(looks.at(-1)?.heard).toEqual(fresh);
  for (const { heard, cursor, fetched } of looks) {
    // With what had been heard, with what was fetched then, and with that and everything since the beginning again.
    const begins = [
      { state: copyOf(heard), from: cursor },
      { state: copyOf(fetched), from: cursor },
      { state: copyOf(fetched), from: 0 },
    ];
    for (const { state, from } of begins) {
      await using socket = await connect(world.url, people[1], { epoch, resume: { [stream]: from } });
      if (from < cursor || cursor < (await evening.head()))
        await caughtUp(socket, stream, await evening.head());
      for (const entry of socket.entries(stream)) applyEntry(state, entry);
      expect(state).toEqual(fresh);
    }
  }
}

/** Who is let in again fetches afresh; of what was written meanwhile nothing ever comes, in whatever form. */
async function expectSameForGuest(evening: Evening): Promise<void> {
  const { stream, people, chat, joined, guest } = evening;
  const [, , cem] = people;
  await caughtUp(guest, stream, await evening.head());
  const opened = guest.frames.findLastIndex((frame) => frame.type === "entry" && frame.kind === "invited");
  const since = guest.frames.slice(opened + 1);
  const state = copyOf(joined);
  for (const frame of since) if (frame.type === "entry" && frame.stream === stream) applyEntry(state, frame);
  expect(state).toEqual(await fetchChat(cem, chat));
  const absences = await evening.world.server.ctx.db.read
    .selectFrom("absence")
    .selectAll()
    .where("event_id", "=", chat as EventId) // a real one
    .where("user_id", "=", cem.id)
    .execute();
  const seen = guest.entries(stream).flatMap(({ data }) => seqOf(data));
  for (const { from_message, to_message } of absences)
    expect(seen.filter((seq) => seq >= from_message && seq <= (to_message ?? Infinity))).toEqual([]);
}

function seqOf(data: Record<string, unknown>): number[] {
  const { message = data } = data as { message?: Record<string, unknown> };
  return typeof message["seq"] === "number" ? [message["seq"]] : [];
}

test("case 13: entries applied to what was known, from any moment on, give what a fresh fetch does", async () => {
  const totals = new Map<string, number>();
  const history = fc.array(step, { minLength: 40, maxLength: 90 });
  // A failure prints its seed.
  await fc.assert(
    fc.asyncProperty(history, (steps) => live(steps, totals)),
    { numRuns: 12, endOnFailure: true },
  );
  // Everything has happened, so that the comparison is not about nothing.
  const happened = kinds.filter((kind) => kind !== "look");
  expect(happened.filter((kind) => (totals.get(kind) ?? 0) < 3)).toEqual([]);
}, 120_000);

test("case 13: a group whose first giver goes keeps its place for whoever comes back from before an edit", async () => {
  await using world = await createWorld();
  const { ann, bob, cem } = await world.people("ann", "bob", "cem");
  const { id: chat } = await newEvent(world, ann, { people: [bob.id, cem.id] });
  await using reader = await connect(world.url, bob);
  await using guest = await connect(world.url, cem);
  const evening = new Evening(world, [ann, bob, cem], chat, { reader, guest });
  const react = (person: Person, emoji: string, method = "PUT") =>
    person.call(method, `/chat/${chat}/messages/1/reactions/${encodeURIComponent(emoji)}`);
  await evening.send(ann, "hi", 1);
  await react(ann, "👍");
  await evening.look();
  await react(bob, "🎉");
  await ann.call("PATCH", `/chat/${chat}/messages/1`, { text: "hello" });
  await react(cem, "👍");
  await evening.look();
  expectOk(await react(ann, "👍", "DELETE"));
  await evening.look();
  const fresh = await fetchChat(bob, chat);
  expect(fresh.messages.get(1)?.reactions?.map(({ emoji }) => emoji)).toEqual(["👍", "🎉"]);
  await expectSame(evening, fresh);
});

test("case 13: an erasure is heard as it is fetched: reactions and mentions of the person go, everywhere", async () => {
  await using world = await createWorld();
  const { ann, bob, cem } = await world.people("ann", "bob", "cem");
  const { id: chat } = await newEvent(world, ann, { people: [bob.id, cem.id] });
  await using reader = await connect(world.url, bob);
  await using guest = await connect(world.url, cem);
  const evening = new Evening(world, [ann, bob, cem], chat, { reader, guest });
  const react = (person: Person, seq: number, emoji: string) =>
    person.call("PUT", `/chat/${chat}/messages/${seq}/reactions/${encodeURIComponent(emoji)}`);
  for (const number of [1, 2, 3])
    await evening.send(ann, number === 3 ? "m3" : `@cem @bob ${number}`, number);
  await evening.look();
  for (const seq of [1, 2]) {
    for (const emoji of ["👍", "🎉"]) expectOk(await react(cem, seq, emoji));
    expectOk(await react(bob, seq, "🎉"));
  }
  expectOk(await cem.call("PUT", `/chat/${chat}/pins/3`));
  await evening.look();
  expectOk(await ann.call("DELETE", `/chat/${chat}/messages/2`));
  // Long gone when they end: nothing but the chat tells of it.
  expectOk(await cem.call("DELETE", `/event/${chat}/people/${cem.id}`));
  await evening.look();
  expectOk(await cem.call("DELETE", `/user/${cem.id}`));
  await evening.look();
  const fresh = await fetchChat(bob, chat);
  expect(fresh.messages.get(1)).toMatchObject({
    mentions: [bob.id],
    reactions: [{ emoji: "🎉", users: [bob.id] }],
  });
  expect(fresh.pins).toEqual([3]);
  expect(JSON.stringify([...fresh.messages.values()])).not.toContain(cem.id);
  await expectSame(evening, fresh);
});
