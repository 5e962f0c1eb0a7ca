import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { chosenSeed } from "./support/fuzz/http-run.ts";
import { fetchChat, Follower } from "./support/follower.ts";
import { placeOf, type Way, ways } from "./support/hearing.ts";
import { newEvent, send } from "./support/party.ts";
import { createWorld, type Person } from "./support/world.ts";

type Change = "edit" | "remove" | "add" | "decline" | "accept";
type Step =
  | { do: "send"; by: "ann" | "bob"; chat: number; count: number }
  | { do: Change; chat: number }
  | { do: "connect"; way: Way }
  | { do: "disconnect" | "catch up" };

const chat = fc.nat({ max: 1 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant("send" as const),
        by: fc.constantFrom("ann" as const, "bob" as const),
        chat,
        count: fc.integer({ min: 1, max: 4 }),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constantFrom(
          "edit" as const,
          "remove" as const,
          "add" as const,
          "decline" as const,
          "accept" as const,
        ),
        chat,
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant("connect" as const), way: fc.constantFrom(...ways) }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("disconnect" as const, "catch up" as const) }) },
  ),
  { minLength: 25, maxLength: 60 },
);

interface Stage {
  ann: Person;
  bob: Person;
  chats: readonly [string, string];
  follower: Follower;
  underWay: Promise<unknown>[];
}

async function take(step: Step, stage: Stage): Promise<void> {
  const { ann, bob, chats, follower, underWay } = stage;
  switch (step.do) {
    case "connect":
      await follower.disconnect();
      return follower.connect(step.way);
    case "disconnect":
      return follower.disconnect();
    case "catch up":
      return follower.catchUp();
    case "send": {
      const by = step.by === "ann" ? ann : bob;
      const texts = Array.from({ length: step.count }, (_each, index) => `${step.by} ${index}`);
      // Not waited for: what comes next meets them under way.
      underWay.push(...texts.map((text) => send(by, chatOf(chats, step), text)));
      return;
    }
    case "edit":
    case "remove":
    case "add":
    case "decline":
    case "accept":
      await change(step.do, chatOf(chats, step), ann, bob);
  }
}

function chatOf(chats: Stage["chats"], step: { chat: number }): string {
  return chats[step.chat === 0 ? 0 : 1];
}

async function change(what: Change, event: string, ann: Person, bob: Person): Promise<void> {
  if (what === "edit") await ann.call("PATCH", `/chat/${event}/messages/1`, { text: "edited" });
  else if (what === "remove") await ann.call("DELETE", `/event/${event}/people/${bob.id}`);
  else if (what === "add") await ann.call("POST", `/event/${event}/people`, { people: [bob.id] });
  else
    await bob.call("PUT", `/event/${event}/rsvp`, { status: what === "decline" ? "declined" : "accepted" });
}

test("whatever is sent, whoever is removed and added, over whatever connection: each entry once, in order, and in the end what a fresh fetch gives", async () => {
  const seed = chosenSeed();
  const total = { entries: 0, fetches: 0 };
  for (const [run, plan] of fc.sample(steps, { seed, numRuns: 12 }).entries()) {
    await using world = await createWorld();
    const { ann, bob } = await world.people("ann", "bob");
    const chats = [await newEvent(ann, bob), await newEvent(ann, bob)] as const;
    for (const event of chats) await send(ann, event, "first");
    const follower = new Follower(world, bob);
    const underWay: Promise<unknown>[] = [];
    for (const step of plan) await take(step, { ann, bob, chats, follower, underWay });
    await Promise.all(underWay);
    if (!follower.isConnected) await follower.connect(ways[run % ways.length] ?? "poll");
    await bob.call("PATCH", `/user/${bob.id}`, { locale: "de" });
    await follower.reach((await placeOf(bob)).resume);
    const readable = Object.keys((await placeOf(bob)).resume).filter((stream) => stream.startsWith("event:"));
    for (const stream of readable) {
      const fresh = ((await fetchChat(bob, stream.slice("event:".length))) ?? []).map(({ seq, text }) => [
        seq,
        text,
      ]);
      const known = [...(follower.chats.get(stream) ?? [])].toSorted(([a], [b]) => a - b);
      expect({ seed, run, stream, known }).toEqual({ seed, run, stream, known: fresh as [number, string][] });
    }
    expect({ seed, run, faults: follower.faults }).toEqual({ seed, run, faults: [] });
    await follower.disconnect();
    total.entries += follower.entries;
    total.fetches += follower.fetches;
  }
  process.stdout.write(`streams: seed ${seed}, ${total.entries} entries, ${total.fetches} fetches\n`);
  expect(total.entries).toBeGreaterThan(100);
}, 60_000);
