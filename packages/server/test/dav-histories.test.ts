import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { plan, subscribe } from "./support/dav.ts";
import { passDays } from "./support/events.ts";
import { freshCopy, SyncingClient } from "./support/dav-copy.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

/** One thing that happens; `n` picks the event. */
type Step =
  | { does: "plans" | "cancels" | "renames" | "moves" | "removes" | "invites" | "unschedules"; n: number }
  | { does: "answers"; n: number; status: "accepted" | "maybe" | "declined" }
  | { does: "waits"; days: number }
  | { does: "syncs"; client: number; limit: number | null };

const n = fc.nat({ max: 30 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant("plans"), n }) },
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constantFrom("cancels", "renames", "moves", "removes", "invites", "unschedules"),
      n,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant("answers"),
      n,
      status: fc.constantFrom("accepted", "maybe", "declined"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("waits"), days: fc.constantFrom(1, 8, 20) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant("syncs"),
      client: fc.nat({ max: 1 }),
      limit: fc.option(fc.integer({ min: 1, max: 4 })),
    }),
  },
);

/** A session ends after 90 days, whatever is done with it. */
function isSignedInThroughout(steps: readonly Step[]): boolean {
  return steps.reduce((days, taken) => days + (taken.does === "waits" ? taken.days : 0), 0) < 85;
}

interface Life {
  readonly world: World;
  readonly ada: Person;
  readonly bob: Person;
  readonly clients: readonly SyncingClient[];
  readonly events: string[];
}

async function perform(life: Life, taken: Step): Promise<unknown> {
  const { world, ada, bob, clients, events } = life;
  if (taken.does === "waits") return passDays(world, taken.days, ada, bob);
  if (taken.does === "syncs") return clients[taken.client]?.sync(taken.limit ?? undefined);
  if (taken.does === "plans") {
    // Some lie so far back that they pass out of the calendar within a history.
    const { id } = await plan(world, ada, `Event ${events.length}`, taken.n * 30 + 1, { people: [bob.id] });
    return events.push(id);
  }
  const id = events[taken.n % Math.max(events.length, 1)];
  if (id === undefined) return undefined;
  if (taken.does === "answers") return bob.call("PUT", `/event/${id}/rsvp`, { status: taken.status });
  const start = Math.floor(world.clock.now() / 1_000) + taken.n * 3_600;
  const calls = {
    cancels: () => ada.call("DELETE", `/event/${id}`),
    renames: () => ada.call("PATCH", `/event/${id}`, { name: `Renamed ${start}` }),
    moves: () => ada.call("PATCH", `/event/${id}`, { start_time: start }),
    unschedules: () => ada.call("PATCH", `/event/${id}`, { start_time: null }),
    removes: () => ada.call("DELETE", `/event/${id}/people/${bob.id}`),
    invites: () => ada.call("POST", `/event/${id}/people`, { people: [bob.id] }),
  };
  return calls[taken.does]();
}

const happened = { removals: 0, truncated: 0, resyncs: 0, objects: 0 };

async function live(world: World, number: number, steps: readonly Step[]): Promise<void> {
  const ada = await world.person(`ada${number}`);
  const bob = await world.person(`bob${number}`);
  await world.befriend(ada, bob);
  const phone = await subscribe(world, bob);
  const clients = [new SyncingClient(phone), new SyncingClient(phone)];
  const life: Life = { world, ada, bob, clients, events: [] };
  for (const taken of steps) await perform(life, taken);
  const fresh = await freshCopy(phone);
  for (const client of clients) {
    await client.sync();
    expect(client.copy).toEqual(fresh);
    for (const key of ["removals", "truncated", "resyncs"] as const) happened[key] += client[key];
  }
  happened.objects += fresh.size;
}

test("whoever hears of changes alone has what a fresh fetch gives, after any history", async () => {
  await using world = await createWorld();
  let number = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      fc.pre(isSignedInThroughout(steps));
      await live(world, number++, steps);
    }),
    { numRuns: 40 },
  );
  expect(happened.removals).toBeGreaterThan(10);
  expect(happened.truncated).toBeGreaterThan(10);
  expect(happened.objects).toBeGreaterThan(40);
}, 60_000);
