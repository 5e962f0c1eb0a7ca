import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { extendSeries } from "../src/events/service.ts";
import { codeOf, expectOk } from "./support/events.ts";
import { createSeriesWorld, inLondon, occurrencesOf } from "./support/series.ts";
import {
  type ModelOccurrence,
  type Rsvp,
  type Scope,
  SeriesModel,
  type Wish,
} from "./support/series-model.ts";
import type { Json, Person, World } from "./support/world.ts";

const runs = Number(process.env["SERIES_HISTORIES"] ?? 40);
const seed = process.env["SERIES_SEED"];
const daySeconds = 86_400;

const wish: fc.Arbitrary<Wish> = fc
  .record(
    {
      name: fc.constantFrom("Volley", "Swim", "Chess"),
      hour: fc.integer({ min: 7, max: 22 }),
      duration: fc.constantFrom(1_800, 3_600, 2 * daySeconds),
      interval: fc.constantFrom(20, 30, 40),
    },
    { requiredKeys: [] },
  )
  .filter((given) => Object.keys(given).length > 0);
const scope = fc.constantFrom<Scope>("this", "following", "all");
const at = fc.nat(30);
const who = fc.nat(2);
const rsvp = fc.constantFrom("accepted" as const, "maybe" as const, "declined" as const);
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant("change" as const), at: fc.option(at), scope, wish }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("cancel" as const),
      at,
      scope: fc.constantFrom<Scope>("this", "following"),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("answer" as const), at: fc.option(at), who, rsvp }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), days: fc.integer({ min: 1, max: 9 }) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Played {
  readonly world: World;
  readonly people: readonly Person[];
  readonly series: string;
  readonly model: SeriesModel;
  readonly begun: number;
}

const nowOf = ({ world }: Played) => world.clock.now() / 1000;

async function begin(world: World): Promise<Played> {
  const { ann, bob, cem } = await world.people("ann", "bob", "cem");
  const people = [ann, bob, cem];
  const anchorDay = Math.floor(world.clock.now() / 1000 / daySeconds) + 1;
  const body = {
    name: "Run",
    start_time: inLondon(anchorDay, 18),
    duration: 3_600,
    time_zone: "Europe/London",
    recurrence: "FREQ=DAILY;INTERVAL=30",
    capacity: 2,
    people: [bob.id, cem.id],
  };
  const { id } = expectOk(await ann.call("POST", "/event", body), 201);
  const first = { anchorDay, anchorHour: 18, interval: 30, name: "Run", hour: 18, duration: 3_600 };
  const model = new SeriesModel(ann.id, [bob.id, cem.id], first, 2, world.clock.now() / 1000);
  return { world, people, series: id, model, begun: world.clock.now() / 1000 };
}

async function play(played: Played, step: Step): Promise<void> {
  const { world, people, model } = played;
  if (step.kind === "wait") {
    // A session ends after 30 days without use, and after 90 in any case.
    if (nowOf(played) > played.begun + 75 * daySeconds) return;
    for (const person of people) await person.call("GET", `/event/${played.series}`);
    world.clock.set(world.clock.now() + step.days * daySeconds * 1000);
    await extendSeries(world.server.ctx);
    return model.extend(nowOf(played));
  }
  const one = step.at === null ? null : (model.occurrences[step.at % model.occurrences.length] ?? null);
  if (step.kind === "change" && step.scope === "all" && one === null) {
    const coming = model.coming(nowOf(played));
    const answer = await people[0]?.call(
      "PATCH",
      `/event/${played.series}`,
      bodyOf(coming, step.wish, "all"),
    );
    return expectSame(answer, model.change(coming, "all", step.wish, nowOf(played), false));
  }
  if (step.kind === "answer") {
    const person = people[step.who];
    if (person === undefined) return;
    const path = one === null ? played.series : idOf(played, one);
    const answer = await person.call("PUT", `/event/${path}/rsvp`, { status: step.rsvp });
    return expectSame(answer, model.answer(person.id, one, step.rsvp, nowOf(played)));
  }
  if (one === null) return;
  const [owner] = people;
  const path = `/event/${idOf(played, one)}?scope=${step.scope}`;
  const answer =
    step.kind === "cancel"
      ? await owner?.call("DELETE", path)
      : await owner?.call("PATCH", path, bodyOf(one, step.wish, step.scope));
  const given = step.scope === "this" ? withoutRule(step) : step;
  expectSame(
    answer,
    given.kind === "cancel"
      ? model.cancel(one, given.scope, nowOf(played))
      : model.change(one, given.scope, given.wish, nowOf(played)),
  );
}

function withoutRule<S extends Step>(step: S): S {
  if (step.kind !== "change") return step;
  const { interval: _, ...wish } = step.wish;
  return { ...step, wish };
}

function bodyOf(one: ModelOccurrence, { hour, interval, ...plain }: Wish, scope: Scope): object {
  return {
    ...plain,
    ...(hour === undefined ? {} : { start_time: inLondon(one.day, hour) }),
    ...(interval === undefined || scope === "this" ? {} : { recurrence: `FREQ=DAILY;INTERVAL=${interval}` }),
  };
}

function idOf({ series }: Played, { original }: ModelOccurrence): string {
  return `${series}_${original}`;
}

function expectSame(answer: Json, expected: string): void {
  expect(answer.status === 200 ? "ok" : codeOf(answer)).toBe(expected);
}

/** Occurrence by occurrence, with everybody's answers. */
async function compare(played: Played): Promise<void> {
  const { people, series, model } = played;
  const [owner] = people;
  if (owner === undefined) return;
  const seen = (await occurrencesOf(owner, series)).map((row) => ({
    id: row.id,
    start: Number(row.start_time),
    duration: Number(row.duration),
    name: row.name,
    cancelled: row.status === "cancelled",
    answers: Object.fromEntries(row.people.map(({ id, rsvp }: { id: string; rsvp: Rsvp }) => [id, rsvp])),
  }));
  const expected = model.occurrences.map((one) => ({
    id: idOf(played, one),
    start: one.start,
    duration: one.duration,
    name: one.name,
    cancelled: one.cancelled,
    answers: Object.fromEntries(people.map(({ id }) => [id, model.answerOf(id, one)])),
  }));
  const order = (a: { start: number; id: string }, b: { start: number; id: string }) =>
    a.start - b.start || (a.id < b.id ? -1 : 1);
  expect(seen).toEqual(expected.toSorted(order));
}

test("whatever is changed, answered and cancelled by scopes over time, each occurrence is as a plain list says", async () => {
  await using world = await createSeriesWorld();
  const begun = world.clock.now();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      world.clock.set(begun);
      const played = await begin(world);
      await compare(played);
      for (const one of steps) {
        await play(played, one);
        await compare(played);
      }
    }),
    { numRuns: runs, ...(seed === undefined ? {} : { seed: Number(seed) }) },
  );
}, 120_000);
