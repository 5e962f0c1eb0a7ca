import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { nextTurn } from "../src/lib/turn.ts";
import { chosenSeed } from "./support/fuzz/http-run.ts";
import { createMeeting } from "./support/meeting.ts";
import { lastTold, presenceOf } from "./support/online.ts";
import { connect, type TestSocket } from "./support/socket.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

const names = ["ada", "bob", "cem", "dee", "eve"] as const;
const who = fc.integer({ min: 0, max: names.length - 1 });
const which = fc.integer({ min: 0, max: 1 });

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("connect" as const), who, other: who, which }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "disconnect",
        "ask",
        "accept",
        "unfriend",
        "block",
        "unblock",
        "show",
        "hide",
        "come",
        "decline",
        "leave",
        "remove",
        "invite",
        "rename",
        "later",
        "earlier",
        "wait",
      ),
      who,
      other: who,
      which,
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** People, two events of the first two of them, and everybody's connections. */
interface Play {
  readonly world: World;
  readonly people: readonly Person[];
  readonly events: readonly string[];
  readonly sockets: Map<Person, TestSocket[]>;
}

/** One thing that somebody does; most of what they may not do is refused, which is as good. */
async function act({ world, people, events, sockets }: Play, { do: what, ...at }: Step): Promise<unknown> {
  const me = people[at.who] as Person; // in range, as the others
  const other = people[at.other] as Person;
  const event = `/event/${events[at.which]}`;
  const owner = people[at.which] as Person;
  const mine = sockets.get(me) ?? [];
  const startS = Math.floor(world.clock.now() / 1_000);
  switch (what) {
    case "connect":
      if (mine.length < 3) mine.push(await connect(world.url, me));
      return sockets.set(me, mine);
    case "disconnect":
      return mine.pop()?.[Symbol.asyncDispose]();
    case "ask":
      return me.call("POST", `/user/${other.id}/friend_request`, { from: me.id });
    case "accept":
      return me.call("PUT", `/user/${me.id}/friend_request/${other.id}`, { answer: "accept" });
    case "unfriend":
      return me.call("DELETE", `/user/${me.id}/friends/${other.id}`);
    case "block":
      return me.call("PUT", `/user/${me.id}/blocks/${other.id}`);
    case "unblock":
      return me.call("DELETE", `/user/${me.id}/blocks/${other.id}`);
    case "show":
    case "hide":
      return me.call("PATCH", `/user/${me.id}`, { show_online: what === "show" });
    case "come":
    case "decline":
      return me.call("PUT", `${event}/rsvp`, { status: what === "come" ? "accepted" : "declined" });
    case "leave":
      return me.call("DELETE", `${event}/people/${me.id}`);
    case "remove":
      return owner.call("DELETE", `${event}/people/${other.id}`);
    case "invite":
      return owner.call("POST", `${event}/people`, { people: [at.who % 2 === 0 ? other.id : other.email] });
    case "rename":
      return me.call("PATCH", `/user/${me.id}`, { username: `${me.username}-${at.other}` });
    case "later":
      return owner.call("PATCH", event, { start_time: startS + 600 });
    case "earlier":
      return owner.call("PATCH", event, { start_time: startS - 3_600 * (at.other % 2 === 0 ? 1 : 3) });
    case "wait":
      return world.clock.advance(at.other * 6_000);
    default:
      return what satisfies never;
  }
}

/** What frames and calls say of each other person, where they differ. */
async function differences({ people, sockets }: Play): Promise<string[]> {
  const found: string[] = [];
  for (const [viewer, own] of sockets) {
    await Promise.all(own.map((socket) => socket.flushed()));
    for (const other of people) {
      if (viewer === other || own.length === 0) continue;
      const shown = await presenceOf(viewer, other.id);
      const byCall = typeof shown === "string" ? false : (shown.online ?? false);
      for (const socket of own) {
        const byFrame = lastTold(socket, other) ?? false;
        if (byFrame !== byCall) found.push(`${viewer.username} of ${other.username}: ${byFrame}, ${byCall}`);
      }
    }
  }
  return found;
}

/** Frames arrive a little after what they tell of; they must within some turns of the loop, and without the clock. */
async function settled(play: Play): Promise<string[]> {
  let found = await differences(play);
  for (let turn = 0; turn < 20 && found.length > 0; turn++) {
    await nextTurn();
    found = await differences(play);
  }
  return found;
}

test("case 48: whatever people do at once, frames and calls say the same of who is online", async () => {
  const seed = chosenSeed();
  const rounds = fc.array(step, { minLength: 1, maxLength: 6 });
  await using world = await createWorld();
  const people = await Promise.all(names.map((name) => world.person(name)));
  const events: string[] = [];
  for (const owner of people.slice(0, 2))
    events.push((await createMeeting(world, owner, { invited: people.slice(3) })).id);
  const play: Play = { world, people, events, sockets: new Map() };
  const values = new Set<boolean>();
  for (const [index, steps] of fc.sample(rounds, { seed, numRuns: 250 }).entries()) {
    await Promise.all(steps.map((one) => act(play, one)));
    expect({ seed, index, steps, differences: await settled(play) }).toEqual({
      seed,
      index,
      steps,
      differences: [],
    });
    for (const own of play.sockets.values())
      for (const socket of own) for (const { online } of socket.of("online")) values.add(online);
  }
  expect([...values].toSorted()).toEqual([false, true]);
  for (const own of play.sockets.values()) for (const socket of own) socket.socket.close();
}, 60_000);
