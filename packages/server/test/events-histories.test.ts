import { expect, test } from "bun:test";
import { type EventId, eventStream } from "@jarvis/contract";
import * as fc from "fast-check";
import { isAddressOnly, isParticipant } from "../src/events/rules.ts";
import { entriesOf, expectOk, newEvent, passDays } from "./support/events.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

const names = ["own", "hal", "ida", "joe", "kim"] as const;
type Name = (typeof names)[number];

/** One thing that somebody does; most are tried by people who may not. */
type Step =
  | {
      does: "adds" | "types" | "removes" | "blocks" | "unblocks" | "hosts" | "unhosts";
      who: Name;
      whom: Name;
    }
  | { does: "answers"; who: Name; status: "accepted" | "maybe" | "declined" }
  | { does: "limits"; who: Name; capacity: number | null }
  | { does: "waits"; days: number };

const name = fc.constantFrom(...names);
const organiser = fc.constantFrom<Name>("own", "own", "hal", "ida");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constantFrom("adds", "types"), who: organiser, whom: name }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant("removes"), who: organiser, whom: name }) },
  { weight: 3, arbitrary: name.map((who) => ({ does: "removes", who, whom: who })) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constantFrom("blocks", "unblocks", "hosts", "unhosts"),
      who: name,
      whom: name,
    }),
  },
  {
    weight: 9,
    arbitrary: fc.record({
      does: fc.constant("answers"),
      who: name,
      status: fc.constantFrom("accepted", "maybe", "declined"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant("limits"),
      who: organiser,
      capacity: fc.option(fc.integer({ min: 1, max: 4 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("waits"), days: fc.constantFrom(1, 16, 31) }) },
) as fc.Arbitrary<Step>; // the branches are the union's members; their literals have widened

/** A session ends after 90 days, whatever is done with it: then there would be nobody to ask. */
function isSignedInThroughout(steps: readonly Step[]): boolean {
  return steps.reduce((days, taken) => days + (taken.does === "waits" ? taken.days : 0), 0) < 90;
}

/** Histories that failed once, and stay. */
const onceWrong: [Step[]][] = [
  [
    [
      { does: "removes", who: "ida", whom: "ida" },
      { does: "types", who: "own", whom: "ida" },
      { does: "adds", who: "own", whom: "ida" },
    ],
  ],
  [
    [
      { does: "answers", who: "hal", status: "declined" },
      { does: "waits", days: 31 },
      { does: "types", who: "own", whom: "hal" },
    ],
  ],
];

async function perform(world: World, people: Record<Name, Person>, event: EventId, step: Step) {
  if (step.does === "waits") return passDays(world, step.days, ...Object.values(people));
  const who = people[step.who];
  const path = `/event/${event}`;
  if (step.does === "answers") return who.call("PUT", `${path}/rsvp`, { status: step.status });
  if (step.does === "limits") return who.call("PATCH", path, { capacity: step.capacity });
  const whom = people[step.whom];
  const role = { role: step.does === "hosts" ? "host" : "guest" };
  const calls = {
    adds: () => who.call("POST", `${path}/people`, { people: [whom.id] }),
    types: () => who.call("POST", `${path}/people`, { people: [whom.email] }),
    removes: () => who.call("DELETE", `${path}/people/${whom.id}`),
    hosts: () => who.call("PATCH", `${path}/people/${whom.id}`, role),
    unhosts: () => who.call("PATCH", `${path}/people/${whom.id}`, role),
    blocks: () => who.call("PUT", `/user/${who.id}/blocks/${whom.id}`),
    unblocks: () => who.call("DELETE", `/user/${who.id}/blocks/${whom.id}`),
  };
  return calls[step.does]();
}

async function rowsOf(world: World, event: EventId) {
  const { read } = world.server.ctx.db;
  return {
    event: await read.selectFrom("event").selectAll().where("id", "=", event).executeTakeFirstOrThrow(),
    people: await read.selectFrom("participant").selectAll().where("event_id", "=", event).execute(),
    invitations: await read.selectFrom("invitation").selectAll().where("event_id", "=", event).execute(),
    absences: await read.selectFrom("absence").selectAll().where("event_id", "=", event).execute(),
  };
}

type Rows = Awaited<ReturnType<typeof rowsOf>>;

function checkPlaces({ event, people }: Rows): void {
  expect(people.find(({ user_id }) => user_id === event.owner_id)).toMatchObject({
    role: "owner",
    rsvp: "accepted",
    state: "in",
    delivered: 1,
  });
  const accepted = people.filter(({ state, rsvp }) => state === "in" && rsvp === "accepted").length;
  expect(accepted).toBeLessThanOrEqual(event.capacity ?? accepted);
}

/** Somebody is away exactly while an absence is open, and absences follow each other. */
function checkAbsences({ people, absences }: Rows, head: number): void {
  for (const row of people) {
    const own = absences.filter(({ user_id }) => user_id === row.user_id);
    const open = own.filter(({ to_entry }) => to_entry === null);
    if (row.delivered === 1) expect([row, open.length]).toEqual([row, row.state === "in" ? 0 : 1]);
    expect(open.length).toBeLessThanOrEqual(1);
    const bounds = own.flatMap(({ from_entry, to_entry }) => [from_entry, to_entry ?? head]);
    expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
  }
}

/** Who is in and what they answered, from the entries alone, as a client that only listens has it. */
function folded(entries: Awaited<ReturnType<typeof entriesOf>>, first: string): Map<unknown, unknown> {
  const state = new Map<unknown, unknown>([[first, "accepted"]]);
  for (const { kind, data } of entries) {
    if (data["only"] !== undefined) continue; // shown to one person alone
    const key = data["user"] ?? data["invitation"];
    if (kind === "rsvp") state.set(key, data["rsvp"]);
    else if (data["op"] === "added") state.set(key, "none");
    else if (data["op"] === "removed") state.delete(key);
  }
  return state;
}

function checkEntries(
  { event, people, invitations }: Rows,
  entries: Awaited<ReturnType<typeof entriesOf>>,
): void {
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
  const heard = folded(entries, event.owner_id);
  const hidden = people.filter(({ state, delivered }) => state === "in" && delivered === 0);
  const stored = new Map<unknown, unknown>();
  for (const row of people) {
    if (row.state === "in" && row.delivered === 1 && !isAddressOnly(row)) stored.set(row.user_id, row.rsvp);
  }
  const unheard = new Set(hidden.map(({ invitation_id }) => invitation_id));
  for (const { id } of invitations) if (!unheard.has(id)) stored.set(id, "none");
  expect(heard).toEqual(stored);
}

async function checkReading(
  world: World,
  people: Record<Name, Person>,
  { event, people: rows }: Rows,
  last: Map<string, string>,
): Promise<void> {
  for (const person of Object.values(people)) {
    const row = rows.find(({ user_id }) => user_id === person.id);
    const may = row !== undefined && isParticipant(row);
    const { status } = await person.call("GET", `/event/${event.id}`);
    expect([person.username, status]).toEqual([person.username, may ? 200 : 404]);
    expect([person.username, last.get(person.id) === "member_joined"]).toEqual([person.username, may]);
  }
  expect(world.logged.filter(({ level }) => level === "error")).toEqual([]);
}

test("whatever people do: places, absences, entries and permissions agree after every step", async () => {
  await using world = await createWorld();
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }).filter(isSignedInThroughout),
      async (steps) => {
        const people = await world.people(...names);
        const last = new Map<string, string>();
        const stop = world.server.ctx.bus.subscribe((message) => {
          if (message.type === "member_joined" || message.type === "member_left")
            last.set(message.user, message.type);
        });
        const { id } = await newEvent(world, people.own, { capacity: 3 });
        for (const whom of ["hal", "ida"] as const)
          await perform(world, people, id, { does: "adds", who: "own", whom });
        expectOk(await people.own.call("PATCH", `/event/${id}/people/${people.hal.id}`, { role: "host" }));
        for (const taken of steps) {
          await perform(world, people, id, taken);
          const rows = await rowsOf(world, id);
          const entries = await entriesOf(world, eventStream(id));
          checkPlaces(rows);
          checkAbsences(rows, entries.length);
          checkEntries(rows, entries);
          await checkReading(world, people, rows, last);
        }
        stop();
      },
    ),
    { numRuns: 40, examples: onceWrong },
  );
}, 60_000);
