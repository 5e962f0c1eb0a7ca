import { describe, expect, test } from "bun:test";
import type { ServerFrame } from "@jarvis/contract";
import {
  createMeeting,
  expectOk,
  type Meeting,
  move,
  northOfPlaza,
  plaza,
  share,
} from "./support/meeting.ts";
import { allTold, presenceOf, tells, told } from "./support/online.ts";
import { connect, type TestSocket } from "./support/socket.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

const kinds = ["message", "typing", "read", "position", "online"] as const;
type Kind = (typeof kinds)[number];

/** Ada's meeting, to which Bob is on his way; Eve loses sight of him in some way, Cem looks on. */
interface Scene {
  readonly world: World;
  readonly ada: Person;
  readonly bob: Person;
  readonly cem: Person;
  readonly eve: Person;
  readonly meeting: Meeting;
}

async function scene(): Promise<Scene> {
  const world = await createWorld();
  const people = await world.people("ada", "bob", "cem", "eve");
  const { ada, bob, cem, eve } = people;
  const meeting = await createMeeting(world, ada, { accepted: [bob, cem, eve] });
  await share(bob, meeting);
  return { world, ...people, meeting };
}

async function watching({ world, meeting }: Scene, person: Person): Promise<TestSocket> {
  const socket = await connect(world.url, person);
  socket.send({ type: "watch", event: meeting.id });
  await socket.flushed();
  return socket;
}

let round = 0;

/** Bob does everything that others may hear of: comes, writes, types, reads, moves, and goes. */
async function bobActs({ world, bob, meeting }: Scene): Promise<void> {
  round++;
  const socket = await connect(world.url, bob);
  const { id } = meeting;
  const sent = await bob.call("POST", `/chat/${id}/messages`, { text: "hi", client_id: `r${round}` });
  expect(sent.status).toBe(201);
  socket.send({ type: "typing", chat: id });
  await socket.flushed();
  await expectOk(bob.call("PUT", `/chat/${id}/read`, { seq: sent.response.seq }));
  await move(bob, round % 2 === 0 ? plaza : northOfPlaza);
  await socket[Symbol.asyncDispose]();
  world.clock.advance(10_000);
}

/** What of it a connection heard since its frame number `from`. */
function heard(socket: TestSocket, bob: Person, from: number): Kind[] {
  const about = (frame: ServerFrame): Kind | undefined => {
    if (frame.type === "entry") {
      return frame.kind === "message" && JSON.stringify(frame.data).includes(bob.id) ? "message" : undefined;
    }
    const isKnown = (kinds as readonly string[]).includes(frame.type);
    return isKnown && "user" in frame && frame.user === bob.id ? (frame.type as Kind) : undefined; // one of them
  };
  const found = new Set(socket.frames.slice(from).map(about));
  return kinds.filter((kind) => found.has(kind));
}

/** How Eve's sight ends, and what she and Cem hear afterwards. */
const endings: Record<string, { end: (scene: Scene) => Promise<unknown>; eve: Kind[]; cem: Kind[] }> = {
  "is removed": {
    end: ({ ada, eve, meeting }) => ada.call("DELETE", `/event/${meeting.id}/people/${eve.id}`),
    eve: [],
    cem: [...kinds],
  },
  leaves: {
    end: ({ eve, meeting }) => eve.call("DELETE", `/event/${meeting.id}/people/${eve.id}`),
    eve: [],
    cem: [...kinds],
  },
  declines: {
    end: ({ eve, meeting }) => eve.call("PUT", `/event/${meeting.id}/rsvp`, { status: "declined" }),
    eve: [],
    cem: [...kinds],
  },
  "is blocked": {
    end: ({ bob, eve }) => bob.call("PUT", `/user/${bob.id}/blocks/${eve.id}`),
    eve: ["message"],
    cem: [...kinds],
  },
  blocks: {
    end: ({ bob, eve }) => eve.call("PUT", `/user/${eve.id}/blocks/${bob.id}`),
    eve: ["message"],
    cem: [...kinds],
  },
  "sees the event cancelled": {
    end: ({ ada, meeting }) => ada.call("DELETE", `/event/${meeting.id}`),
    eve: ["message", "typing", "read"],
    cem: ["message", "typing", "read"],
  },
};

describe("case 45, R9: chat, typing, read markers, positions and online state stop at once for who", () => {
  test.each(Object.keys(endings))("%s", async (name) => {
    const { end, ...expected } = endings[name] as (typeof endings)[string];
    const made = await scene();
    await using world = made.world;
    const { bob, cem, eve } = made;
    await using eves = await watching(made, eve);
    await using cems = await watching(made, cem);
    await bobActs(made);
    await tells(eves, bob, false);
    expect(heard(eves, bob, 0)).toEqual([...kinds]);
    const back = await connect(world.url, bob);
    await tells(eves, bob, true, 2);
    const toldBefore = told(eves, bob).length;
    await end(made);
    await Promise.all([eves.flushed(), cems.flushed()]);
    if (!expected.eve.includes("online")) await tells(eves, bob, false, 2);
    expect(told(eves, bob).slice(toldBefore)).toEqual([false]);
    const [evesCount, cemsCount] = [eves.frames.length, cems.frames.length];
    await back[Symbol.asyncDispose]();
    world.clock.advance(10_000);
    await bobActs(made);
    await allTold(world, eve, eves);
    await allTold(world, cem, cems);
    expect({ eve: heard(eves, bob, evesCount), cem: heard(cems, bob, cemsCount) }).toEqual(expected);
    const shown = await presenceOf(eve, bob.id);
    if (shown !== "not_found") expect(shown).toEqual({ online: null, last_seen_ms: null });
  });
});

/** How two people who knew of each other cease to. */
const losses: Record<string, { make: (world: World, a: Person, b: Person) => Promise<Loss> }> = {
  "a friendship that either ends": {
    async make(world, a, b) {
      await world.befriend(a, b);
      return () => b.call("DELETE", `/user/${b.id}/friends/${a.id}`);
    },
  },
  "a block between friends": {
    async make(world, a, b) {
      await world.befriend(a, b);
      return () => a.call("PUT", `/user/${a.id}/blocks/${b.id}`);
    },
  },
  "the end of the only common event": {
    async make(world, a, b) {
      const meeting = await createMeeting(world, a, { accepted: [b] });
      return async () => world.clock.advance(meeting.startMs + 3_600_000 - world.clock.now());
    },
  },
  "an event that is moved into the past": {
    async make(world, a, b) {
      const meeting = await createMeeting(world, a, { accepted: [b] });
      return () => a.call("PATCH", `/event/${meeting.id}`, { start_time: meeting.startMs / 1_000 - 86_400 });
    },
  },
  "the erasure of one of two friends": {
    async make(world, a, b) {
      await world.befriend(a, b);
      return () => b.call("DELETE", `/user/${b.id}`);
    },
  },
  "the erasure of one of two guests": {
    async make(world, a, b) {
      await createMeeting(world, a, { accepted: [b] });
      return () => b.call("DELETE", `/user/${b.id}`);
    },
  },
};
type Loss = () => Promise<unknown>;

describe("case 45: whoever saw somebody online is told at once, once, and never again, after", () => {
  test.each(Object.keys(losses))("%s", async (name) => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    const lose = await (losses[name] as (typeof losses)[string]).make(world, ada, bob);
    await using adas = await connect(world.url, ada);
    const bobs = await connect(world.url, bob);
    await tells(adas, bob, true);
    await tells(bobs, ada, true);
    await lose();
    await tells(adas, bob, false); // not a millisecond of the clock has passed
    if (!name.includes("erasure")) await tells(bobs, ada, false);
    await bobs[Symbol.asyncDispose]();
    world.clock.advance(10_000);
    const again = name.includes("erasure") ? null : await connect(world.url, bob);
    await allTold(world, ada, adas);
    expect(told(adas, bob)).toEqual([true, false]);
    await again?.flushed();
    expect(again?.of("online") ?? []).toEqual([]);
    await again?.[Symbol.asyncDispose]();
  });

  test("what leaves another reason to know, which says nothing", async () => {
    await using world = await createWorld();
    const { ada, bob } = await world.people("ada", "bob");
    await world.befriend(ada, bob);
    const { id } = await createMeeting(world, ada, { accepted: [bob] });
    await using adas = await connect(world.url, ada);
    await using bobs = await connect(world.url, bob);
    await tells(adas, bob, true);
    await tells(bobs, ada, true);
    await ada.call("DELETE", `/event/${id}/people/${bob.id}`);
    await allTold(world, ada, adas);
    await allTold(world, bob, bobs);
    expect([told(adas, bob), told(bobs, ada)]).toEqual([[true], [true]]);
  });
});
