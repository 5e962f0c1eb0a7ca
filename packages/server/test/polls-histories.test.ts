import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Poll, Vote } from "@jarvis/contract";
import * as fc from "fast-check";
import { expectOk } from "./support/events.ts";
import { PollModel } from "./support/poll-model.ts";
import { activate, offer, pollOf, settings, vote } from "./support/polls.ts";
import { type Answer, createWorld, type Person, type World } from "./support/world.ts";

const peopleCount = 4;
const optionCount = 5;
const hourS = 3_600;

const person = fc.nat(peopleCount - 1);
const option = fc.nat(optionCount - 1);
const guest = fc.integer({ min: 1, max: peopleCount - 1 });
const choice = fc.constantFrom<(Vote | null)[]>("yes", "if_needed", "no", null);
const act = fc.oneof(
  { weight: 3, arbitrary: fc.record({ does: fc.constant("offer" as const), option }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("remove" as const), option }) },
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant("vote" as const),
      person,
      votes: fc.array(fc.tuple(option, choice), { maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant("go" as const),
      person: guest,
      how: fc.constantFrom("decline", "leave", "return"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant("settle" as const),
      hidden: fc.boolean(),
      required: fc.uniqueArray(person, { maxLength: 3 }),
      inS: fc.option(fc.constantFrom(-10, 10, 1_000)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("fix" as const), option }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("reopen" as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("wait" as const), s: fc.constantFrom(1, 20) }) },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

let world: World;
let people: Person[];
beforeAll(async () => {
  world = await createWorld();
  people = await Promise.all(Array.from({ length: peopleCount }, (_, i) => world.person(`p${i}`)));
});
afterAll(() => world[Symbol.asyncDispose]());

/** One poll as it is played, beside the model of it. */
class Play {
  readonly model = new PollModel(peopleCount);
  readonly event: string;
  /** Start of each option, in unix seconds, and the id that it has while it is there. */
  readonly starts: readonly number[];
  readonly ids = new Map<number, string>();

  constructor(event: string, nowS: number) {
    this.event = event;
    this.starts = Array.from({ length: optionCount }, (_, index) => nowS + (index + 1) * 1_000 * hourS);
  }

  idOf(index: number): string {
    return this.ids.get(index) ?? `none-${index}`;
  }

  /** Whether the model lets it be done, and what the server answers. */
  async do(act: Act): Promise<[boolean, Answer | null]> {
    const { model, event } = this;
    const nowS = world.clock.now() / 1_000;
    const owner = this.#person(0);
    switch (act.does) {
      case "offer": {
        const answer = await offer(owner, event, [{ start_time: this.starts[act.option] }]);
        const isDone = model.offer(act.option);
        if (isDone) this.ids.set(act.option, answer.response?.[0].id);
        return [isDone, answer];
      }
      case "remove": {
        const answer = await owner.call("DELETE", `/event/${event}/options/${this.idOf(act.option)}`);
        const isDone = model.remove(act.option, nowS);
        if (isDone) this.ids.delete(act.option);
        return [isDone, answer];
      }
      case "vote": {
        const votes = new Map(act.votes);
        const named = Object.fromEntries([...votes].map(([index, what]) => [this.idOf(index), what]));
        return [model.vote(act.person, votes, nowS), await vote(this.#person(act.person), event, named)];
      }
      case "go":
        return [true, await this.#go(act.person, act.how)];
      case "settle":
        return this.#settle(act, nowS);
      case "fix":
        return [model.fix(act.option), await activate(owner, event, { option: this.idOf(act.option) })];
      case "reopen":
        model.time = null;
        return [true, await owner.call("PATCH", `/event/${event}`, { start_time: null })];
      case "wait":
        world.clock.advance(act.s * 1_000);
        return [true, null];
      default:
        return act satisfies never;
    }
  }

  async #go(index: number, how: string): Promise<Answer | null> {
    const who = this.#person(index);
    const isPresent = this.model.present.has(index);
    if (isPresent === (how === "return")) return null;
    if (how === "return") this.model.present.add(index);
    else this.model.leave(index);
    if (how === "leave") return who.call("DELETE", `/event/${this.event}/people/${who.id}`);
    const status = how === "return" ? "accepted" : "declined";
    return who.call("PUT", `/event/${this.event}/rsvp`, { status });
  }

  async #settle(
    { hidden, required, inS }: Extract<Act, { does: "settle" }>,
    nowS: number,
  ): Promise<[boolean, Answer]> {
    const { model } = this;
    const deadline = inS === null ? null : Math.floor(nowS) + inS;
    const body = { hidden, deadline, required: required.map((index) => this.#person(index).id) };
    const isDone = required.every((index) => model.present.has(index));
    if (isDone) Object.assign(model, { hidden, deadlineS: deadline, required: new Set(required) });
    return [isDone, await settings(this.#person(0), this.event, body)];
  }

  #person(index: number): Person {
    const found = people[index];
    if (found === undefined) throw new Error(`nobody is ${index}`);
    return found;
  }

  /** What this person should be shown; who voted what only where they see it. */
  expected(reader: number): Partial<Poll> {
    const { model } = this;
    const sees = reader === 0 || !model.hidden;
    const ids = (indices: Iterable<number>) => [...indices].map((index) => this.#person(index).id).toSorted();
    const shown = [...model.options].toSorted((a, b) => a - b);
    const voters = (index: number) => {
      const of = (what: Vote) => ids(model.voters(reader, index, what));
      return { yes: of("yes"), if_needed: of("if_needed"), no: of("no") };
    };
    const { time } = model;
    return {
      options: shown.map((index) => ({
        id: this.idOf(index),
        start_time: String(this.starts[index]),
        duration: "60",
        date: null,
        tally: model.tally(index),
        voters: sees ? voters(index) : null,
      })),
      votes: Object.fromEntries(
        [...(model.votes.get(reader) ?? [])].map(([index, what]) => [this.idOf(index), what]),
      ),
      open: model.isOpen(world.clock.now() / 1_000),
      deadline_ms: model.deadlineS === null ? null : model.deadlineS * 1_000,
      hidden: model.hidden,
      required: ids(model.required),
      answered: sees ? ids(model.answered(reader)) : null,
      waiting: sees ? ids(model.waiting(reader)) : null,
      chosen: typeof time === "number" && model.options.has(time) ? this.idOf(time) : null,
    };
  }
}

const seed = Number(process.env["POLL_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

test("case 53: whatever people do with a poll, it is what the simplest model of it says", async () => {
  process.stdout.write(`polls: seed ${seed}\n`);
  const refused = new Set<number>();
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 40 }), async (acts) => {
      const invited = people.slice(1).map(({ id }) => id);
      const made = await people[0]?.call("POST", "/event", { name: "Walk", duration: 60, people: invited });
      if (made === undefined) throw new Error("nobody owns the event");
      const play = new Play(expectOk(made, 201).id, Math.floor(world.clock.now() / 1_000));
      let version = 0;
      for (const each of acts) {
        const [isDone, answer] = await play.do(each);
        const { status = 200, body } = answer ?? {};
        expect({ each, body, isDone: status < 300 }).toMatchObject({ each, isDone });
        if (answer !== null && !isDone) refused.add(answer.status);
        for (const reader of play.model.present) {
          const poll = await pollOf(people[reader] ?? fail(), play.event);
          expect({ reader, ...poll }).toMatchObject({ reader, ...play.expected(reader) });
          expect(poll.version).toBeGreaterThanOrEqual(version);
          version = poll.version;
        }
      }
    }),
    { seed, numRuns: 60 },
  );
  expect([...refused].toSorted()).toEqual([400, 403, 404]);
}, 60_000);

function fail(): never {
  throw new Error("nobody is there");
}
