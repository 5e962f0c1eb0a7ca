import { expect, test } from "bun:test";
import type { EventId } from "@jarvis/contract";
import * as fc from "fast-check";
import { Evening, kinds, type Step, step } from "./support/chat-evening.ts";
import {
  applyEntry,
  caughtUp,
  type ChatState,
  copyOf,
  emptyChat,
  fetchChat,
  shown,
} from "./support/chat-model.ts";
import { expectOk, newEvent } from "./support/events.ts";
import { connect, epochOf } from "./support/socket.ts";
import { createWorld, type Person } from "./support/world.ts";

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
  expect(shown(looks.at(-1)?.heard ?? emptyChat())).toEqual(shown(fresh));
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
      expect(shown(state)).toEqual(shown(fresh));
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
  expect(shown(state)).toEqual(shown(await fetchChat(cem, chat)));
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

const history = fc.array(step, { minLength: 40, maxLength: 90 });

/** A failure prints its seed. */
async function check(totals: Map<string, number>, parameters: fc.Parameters<[Step[]]>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(history, (steps) => live(steps, totals)),
    { endOnFailure: true, ...parameters },
  );
}

test("case 13: entries applied to what was known, from any moment on, give what a fresh fetch does", async () => {
  const totals = new Map<string, number>();
  const rare = () => kinds.filter((kind) => kind !== "look" && (totals.get(kind) ?? 0) < 3);
  await check(totals, { numRuns: 12 });
  // Everything has happened, so that the comparison is not about nothing: what chance has left out has more turns.
  for (let more = 0; more < 3 && rare().length > 0; more++) await check(totals, { numRuns: 12 });
  expect(rare()).toEqual([]);
}, 120_000);

test("case 13: a pin from before an absence, heard after it, moves nothing that was fetched meanwhile", async () => {
  await check(new Map(), { seed: 978_196_133, path: "21", numRuns: 1 });
});

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
  // One that does not name them: nothing but the reactions' own entries tells of it.
  expectOk(await react(cem, 3, "👍"));
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
