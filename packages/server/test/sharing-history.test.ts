import { expect, test } from "bun:test";
import { type EventId, type PositionRow, toWireNumber } from "@jarvis/contract";
import { array, assert, asyncProperty, constantFrom, nat, oneof, record, type Arbitrary } from "fast-check";
import { readableEvents } from "../src/events/service.ts";
import { runHousekeeping } from "../src/housekeeping.ts";
import { positionFor } from "../src/location/service.ts";
import { type Deed, type Event, isGoing, isOpen, sight } from "./support/sharing-oracle.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

const minute = 60_000;
const hour = 60 * minute;
const peer = { requestIP: () => ({ address: "127.0.0.1" }), timeout: () => undefined };

const often = [
  "wait",
  "wait",
  "wait",
  "general",
  "general",
  "general",
  "forEvent",
  "forEvent",
  "on",
] as const;
const consents = ["on", "paused", "off", "ask"] as const;
const membership = ["accepted", "maybe", "declined", "leave", "remove", "add", "block", "unblock"] as const;
const edits = ["start", "start", "soon", "duration", "timeless", "purge"] as const;
const kinds = [...often, ...consents, ...membership, ...edits] as const;
const rare = ["cancel", "pass"] as const;
const waits = [0, 1, 1_000, 30_000, 2 * minute, 5 * minute, 10 * minute, 10 * minute + 1, 45 * minute, hour];
const fixAges = [0, 0, 0, 1_000, -30_000, -60_000, minute, 9 * minute];
const shifts = [
  -2 * hour,
  -hour,
  -20 * minute,
  -5 * minute,
  0,
  5 * minute,
  30 * minute,
  90 * minute,
  3 * hour,
];

type Kind = (typeof kinds)[number] | (typeof rare)[number];
interface Step {
  kind: Kind;
  who: number;
  other: number;
  n: number;
}

const kind: Arbitrary<Kind> = oneof(
  { weight: 60, arbitrary: constantFrom(...kinds) },
  { weight: 1, arbitrary: constantFrom(...rare) },
);
/** Mostly the same two people, so that what belongs together often meets. */
const person = oneof({ weight: 2, arbitrary: nat(3) }, { weight: 3, arbitrary: constantFrom(1, 2) });
const cast = { who: person, other: person, n: nat(1_000) };
const single = record({ kind, ...cast }).map((step) => [step]);

/** Sequences that chance alone would rarely put together. */
const stories: Kind[][] = [
  ["general", "paused", "on"],
  ["forEvent", "paused", "wait", "general", "on"],
  ["paused", "general", "wait", "on", "wait"],
  ["off", "general", "on"],
  ["block", "unblock"],
  ["block", "on", "unblock"],
  ["remove", "add", "accepted", "general"],
  ["declined", "accepted", "on", "general"],
  ["leave", "accepted", "general"],
  ["start", "on", "general"],
  ["start", "general", "start"],
  ["on", "duration", "wait", "general"],
  ["purge", "on", "general"],
  ["on", "soon", "general", "pass"],
];
const story = record({ kinds: constantFrom(...stories), ...cast }).map(({ kinds, who, other, n }) =>
  kinds.map((kind, i) => ({
    kind,
    who,
    other: kind === "remove" || kind === "add" ? who : other,
    n: n + i * 7,
  })),
);
const chapter: Arbitrary<Step[]> = oneof({ weight: 2, arbitrary: single }, { weight: 3, arbitrary: story });

function pick<T>(from: readonly T[], n: number): T {
  const picked = from[n % from.length];
  if (picked === undefined) throw new Error("nothing to pick from");
  return picked;
}

/** One event with four people, driven through the HTTP interface, and the history of what was accepted. */
class Trial {
  readonly history: Event[] = [];
  readonly #world: World;
  readonly #people: readonly Person[];
  readonly #event: EventId;
  #fixes = 0;
  #startMs: number;
  #durationMs: number;

  constructor(
    world: World,
    people: readonly Person[],
    made: { event: EventId; startMs: number; durationMs: number },
  ) {
    this.#world = world;
    this.#people = people;
    this.#event = made.event;
    this.#startMs = made.startMs;
    this.#durationMs = made.durationMs;
    this.#record({ kind: "times", startMs: made.startMs, durationMs: made.durationMs });
    this.#record({ kind: "accept", who: 0 });
  }

  async take({ kind, who, other, n }: Step): Promise<void> {
    const event = `/event/${this.#event}`;
    const { id } = this.#person(who);
    const target = this.#person(other).id;
    switch (kind) {
      case "wait":
        return this.#world.clock.set(this.#now + pick(waits, n));
      case "general":
      case "forEvent":
        return this.#upload(kind, who, n);
      case "on":
      case "paused":
      case "off": {
        const body = { state: kind, precision: n % 5 === 0 ? "coarse" : "exact" };
        const present = await this.#present();
        const deed = kind === "on" ? { kind, who, present } : { kind, who };
        return this.#do(who, "PUT", `${event}/sharing`, body, deed);
      }
      case "accepted":
        return this.#do(who, "PUT", `${event}/rsvp`, { status: kind }, { kind: "accept", who });
      case "maybe":
        return this.#do(who, "PUT", `${event}/rsvp`, { status: kind }, { kind, who });
      case "declined":
        if (who === 0) return undefined;
        return this.#do(who, "PUT", `${event}/rsvp`, { status: kind }, { kind: "gone", who });
      case "leave":
        return this.#do(who, "DELETE", `${event}/people/${id}`, undefined, { kind: "gone", who });
      case "remove":
        return this.#do(0, "DELETE", `${event}/people/${target}`, undefined, { kind: "gone", who: other });
      case "add":
        await this.#call(0, "POST", `${event}/people`, { people: [target] });
        return undefined;
      case "block":
        return this.#do(who, "PUT", `/user/${id}/blocks/${target}`, undefined, { kind, who, other });
      case "unblock":
        return this.#do(who, "DELETE", `/user/${id}/blocks/${target}`, undefined, { kind, who, other });
      case "ask": {
        const present = await this.#present();
        await this.#call(other, "POST", `${event}/location_request`, { user: id });
        const answer = { answer: "accept" };
        return this.#do(who, "PUT", `${event}/location_request/${target}`, answer, {
          kind: "on",
          who,
          present,
        });
      }
      case "start":
        return this.#setTimes(this.#now + pick(shifts, n), this.#durationMs);
      case "soon": // the window opens in two minutes
        return this.#setTimes(this.#now + hour + 2 * minute, this.#durationMs);
      case "pass":
        return this.#world.clock.set(this.#now + 2 * minute);
      case "duration":
        return this.#setTimes(this.#startMs, pick([minute, 30 * minute, hour, 5 * hour], n));
      case "timeless":
        return this.#setTimes(null, this.#durationMs);
      case "cancel":
        return this.#do(0, "DELETE", event, undefined, { kind });
      case "purge":
        await runHousekeeping(this.#world.server.ctx);
        return this.#record({ kind });
    }
  }

  async #upload(kind: "general" | "forEvent", who: number, n: number): Promise<void> {
    const atMs = this.#now - pick(fixAges, n);
    const latitude = ++this.#fixes / 10; // each fix in a place, and a coarse cell, of its own
    const body = { latitude, longitude: 7, at: atMs / 1_000 };
    const fix = { latitude, atMs };
    if (kind === "general") {
      const path = `/user/${this.#person(who).id}/location`;
      return this.#do(who, "POST", path, body, { kind, who, fix });
    }
    const present = await this.#present();
    return this.#do(who, "POST", `/event/${this.#event}/location`, body, { kind, who, fix, present });
  }

  async #setTimes(startMs: number | null, durationMs: number): Promise<void> {
    const body = { start_time: startMs === null ? null : startMs / 1_000, duration: durationMs / 1_000 };
    const times = { kind: "times", startMs, durationMs } as const;
    await this.#do(0, "PATCH", `/event/${this.#event}`, body, times);
    this.#startMs = startMs ?? this.#startMs;
    this.#durationMs = durationMs;
  }

  /** Everybody who may read the event now, whatever they answered. */
  async #present(): Promise<number[]> {
    const { read } = this.#world.server.ctx.db;
    const readable = await Promise.all(this.#people.map(({ id }) => readableEvents(read, id)));
    return readable.flatMap((events, who) => (events.includes(this.#event) ? [who] : []));
  }

  /** Compares everything that can be read with what the history entitles to. Returns how many rows were shown. */
  async check(n: number): Promise<number> {
    const present = await this.#present();
    let shown = 0;
    for (const viewer of this.#people.keys()) {
      const { status, rows } = await this.#list(viewer);
      expect(status).toBe(this.#expectedStatus(viewer, present));
      for (const sharer of this.#people.keys()) {
        const entitled = sight(this.history, viewer, sharer, this.#now);
        expectRow(
          rows.find((row) => row.id === this.#person(sharer).id),
          entitled,
        );
      }
      shown += rows.length;
    }
    await this.#checkOne(n % 4, Math.floor(n / 4) % 4);
    for (const sharer of this.#people.keys()) await this.#checkFrame(sharer);
    return shown;
  }

  #expectedStatus(viewer: number, present: number[]): number {
    if (!present.includes(viewer)) return 404;
    return isGoing(this.history, viewer) && isOpen(this.history, this.#now) ? 200 : 403;
  }

  async #list(viewer: number): Promise<{ status: number; rows: PositionRow[] }> {
    const answer = await this.#call(viewer, "GET", `/event/${this.#event}/locations`);
    if (answer.status !== 200) return { status: answer.status, rows: [] };
    const { response } = (await answer.json()) as { response: PositionRow[] }; // the contract's check has seen it
    return { status: 200, rows: response };
  }

  async #checkOne(viewer: number, sharer: number): Promise<void> {
    const answer = await this.#call(
      viewer,
      "GET",
      `/event/${this.#event}/location/${this.#person(sharer).id}`,
    );
    const { response } = (await answer.json()) as { response?: PositionRow }; // as above
    expectRow(response, sight(this.history, viewer, sharer, this.#now));
  }

  async #checkFrame(sharer: number): Promise<void> {
    const position = await positionFor(this.#world.server.ctx, this.#event, this.#person(sharer).id);
    for (const [viewer, { id }] of this.#people.entries()) {
      const row = position?.viewers.has(id) === true ? position.row : undefined;
      expectRow(row, sight(this.history, viewer, sharer, this.#now));
    }
  }

  async #do(who: number, method: string, path: string, body: unknown, deed: Deed): Promise<void> {
    const { status } = await this.#call(who, method, path, body);
    expect(status).toBeLessThan(500);
    if (status < 300) this.#record(deed);
  }

  async #call(who: number, method: string, path: string, body?: unknown): Promise<Response> {
    const headers = {
      authorization: `Bearer ${this.#person(who).token}`,
      "content-type": "application/json",
    };
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    return this.#world.server.app.request(`http://localhost${path}`, init, peer);
  }

  #record(deed: Deed): void {
    this.history.push({ ...deed, ms: this.#now });
  }

  #person(index: number): Person {
    return pick(this.#people, index);
  }

  get #now(): number {
    return this.#world.clock.now();
  }
}

function expectRow(row: PositionRow | undefined, entitled: ReturnType<typeof sight>): void {
  if (entitled === null) return expect(row).toBeUndefined();
  if (entitled === "paused")
    return expect(row).toEqual({ id: row?.id, username: row?.username, state: "paused" } as PositionRow);
  expect(row?.at_ms).toBe(entitled.atMs);
  if (row?.accuracy === null) expect(row.latitude).toBe(toWireNumber(entitled.latitude));
  else expect(Math.abs(Number(row?.latitude) - entitled.latitude)).toBeLessThan(0.0046);
}

async function createTrial(world: World): Promise<Trial> {
  const names = ["ada", "bob", "cat", "dan"];
  // An address that no other history uses: the store is one for all of them.
  const address = (name: string) => ({ email: `${name}-${world.server.ctx.random.token()}@example.org` });
  const people = await Promise.all(names.map((name) => world.person(name, address(name))));
  const [ada, ...guests] = people;
  if (ada === undefined) throw new Error("there is nobody");
  const startMs = world.clock.now() + 30 * minute;
  const made = await ada.call("POST", "/event", {
    name: "Lunch",
    start_time: startMs / 1_000,
    duration: hour / 1_000,
    people: guests.map(({ id }) => id),
  });
  return new Trial(world, people, { event: made.response.id, startMs, durationMs: hour });
}

/** Everybody but one has accepted and two share, so that a short history already shows something. */
const opening: Step[] = (
  [
    ["accepted", 1],
    ["accepted", 2],
    ["on", 1],
    ["general", 1],
    ["forEvent", 2],
  ] as const
).map(([kind, who]) => ({ kind, who, other: 0, n: 1 }));

const histories = Number(process.env["HISTORIES"] ?? 2_000);

test(`shows no position that the history does not entitle to, and every one that it does, in ${histories} random histories`, async () => {
  await using world = await createWorld();
  let shown = 0;
  await assert(
    asyncProperty(array(chapter, { minLength: 3, maxLength: 10 }), async (chapters) => {
      world.clock.set(world.clock.now() + 48 * hour);
      const trial = await createTrial(world);
      for (const next of opening) await trial.take(next);
      for (const steps of chapters) {
        for (const next of steps) await trial.take(next);
        shown += await trial.check(steps.at(-1)?.n ?? 0);
      }
    }),
    { numRuns: histories },
  );
  expect(shown).toBeGreaterThan(histories); // a test that never sees a row proves nothing
}, 600_000);
