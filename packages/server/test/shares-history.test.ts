import { expect, test } from "bun:test";
import { type OwnFix, toWireNumber } from "@jarvis/contract";
import * as fc from "fast-check";
import { runHousekeeping } from "../src/housekeeping.ts";
import { sharedWith, shownTo } from "../src/location/service.ts";
import { SharesModel } from "./support/shares-model.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

const minute = 60_000;
const peer = { requestIP: () => ({ address: "127.0.0.1" }), timeout: () => undefined };
const waits = [0, 1, 1_000, 5 * minute, 10 * minute, 10 * minute + 1, 15 * minute, 3 * 60 * minute];
const lengths = [
  14 * minute,
  15 * minute,
  15 * minute,
  20 * minute,
  60 * minute,
  8 * 60 * minute,
  8 * 60 * minute + 1,
];
const ages = [0, 0, 0, 1_000, -60_000, minute, 9 * minute];
const deeds = [
  "put",
  "end",
  "move",
  "wait",
  "unfriend",
  "befriend",
  "block",
  "unblock",
  "housekeeping",
] as const;
/** More often than the rest. */
const usual = ["put", "move", "wait"] as const;
const kinds = [...deeds, ...usual, ...usual];

interface Step {
  kind: (typeof kinds)[number];
  who: number;
  other: number;
  n: number;
}

const someone = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(2) });
const friend = fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 2, arbitrary: fc.nat(2) });
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...kinds),
  who: someone,
  other: friend,
  n: fc.nat(1_000),
});

function pick<T>(from: readonly T[], n: number): T {
  const picked = from[n % from.length];
  if (picked === undefined) throw new Error("nothing to pick from");
  return picked;
}

/** Three people, driven through the HTTP interface, and the model beside them. */
class Trial {
  readonly #model = new SharesModel();
  readonly #world: World;
  readonly #people: readonly Person[];
  #fixes = 0;

  constructor(world: World, people: readonly Person[]) {
    this.#world = world;
    this.#people = people;
  }

  async begin(): Promise<void> {
    for (const [a, b] of [
      [0, 1],
      [0, 2],
    ] as const)
      await this.#befriend(a, b);
  }

  async take({ kind, who, other, n }: Step): Promise<void> {
    const [person, target] = [this.#person(who), this.#person(other)];
    const own = `/user/${person.id}`;
    switch (kind) {
      case "put": {
        const untilMs = this.#now + pick(lengths, n);
        const precision = [undefined, "exact", "coarse"][n % 3] as "exact" | "coarse" | undefined; // as they stand there
        const body = { until: untilMs / 1_000, precision };
        const { status } = await this.#call(who, "PUT", `${own}/shares/${target.id}`, body);
        return expect(status).toBe(this.#model.put(who, other, untilMs, precision, this.#now));
      }
      case "end":
        await this.#call(who, "DELETE", `${own}/shares/${target.id}`);
        return this.#model.end(who, other);
      case "move": {
        const atMs = this.#now - pick(ages, n);
        const latitude = ++this.#fixes / 10; // a place, and a coarse cell, of its own
        await this.#call(who, "POST", `${own}/location`, { latitude, longitude: 7, at: atMs / 1_000 });
        return this.#model.move(who, { latitude, atMs, receivedMs: this.#now });
      }
      case "wait":
        return this.#world.clock.set(this.#now + pick(waits, n));
      case "unfriend":
        await this.#call(who, "DELETE", `${own}/friends/${target.id}`);
        return this.#model.unfriend(who, other);
      case "befriend":
        return this.#befriend(who, other);
      case "block":
        if (who === other) return undefined;
        await this.#call(who, "PUT", `${own}/blocks/${target.id}`);
        return this.#model.block(who, other);
      case "unblock":
        await this.#call(who, "DELETE", `${own}/blocks/${target.id}`);
        return this.#model.unblock(who, other);
      case "housekeeping":
        return runHousekeeping(this.#world.server.ctx);
      default:
        return undefined;
    }
  }

  async #befriend(a: number, b: number): Promise<void> {
    if (a === b || this.#model.isBlocked(a, b) || this.#model.areFriends(a, b)) return;
    await this.#world.befriend(this.#person(a), this.#person(b));
    this.#model.befriend(a, b);
  }

  /** Compares every way of looking with the model. Gives how many are shown. */
  async check(): Promise<number> {
    let shown = 0;
    for (const [viewer, { id }] of this.#people.entries()) {
      const all = new Map((await sharedWith(this.#world.server.ctx, id)).map(({ user, row }) => [user, row]));
      for (const [sharer, { id: user }] of this.#people.entries()) {
        if (sharer === viewer) continue;
        const answer = await this.#call(viewer, "GET", `/user/${user}/location`);
        const body = (await answer.json()) as { response?: OwnFix }; // the contract's check has seen it
        const frame = (await shownTo(this.#world.server.ctx, user)).find(({ friend: to }) => to === id);
        const entitled = this.#model.shown(sharer, viewer, this.#now);
        for (const row of [body.response, all.get(user), frame?.row]) expectRow(row, entitled);
        expect(answer.status).toBe(entitled === null ? 404 : 200);
        if (entitled !== null) shown++;
      }
      await this.#checkLists(viewer);
    }
    return shown;
  }

  async #checkLists(of: number): Promise<void> {
    const answer = await this.#call(of, "GET", `/user/${this.#person(of).id}/shares`);
    const { response } = (await answer.json()) as {
      response: Record<
        "outgoing" | "incoming",
        { user: { id: string }; until_ms: number; since_ms?: number }[]
      >;
    };
    for (const [other, { id }] of this.#people.entries()) {
      const given = this.#model.share(of, other, this.#now);
      const had = this.#model.share(other, of, this.#now);
      const outgoing = response.outgoing.find(({ user }) => user.id === id);
      expect(outgoing && [outgoing.since_ms, outgoing.until_ms]).toEqual(
        given && [given.sinceMs, given.untilMs],
      );
      expect(response.incoming.find(({ user }) => user.id === id)?.until_ms).toBe(had?.untilMs);
    }
  }

  async #call(who: number, method: string, path: string, body?: unknown): Promise<Response> {
    const headers = {
      authorization: `Bearer ${this.#person(who).token}`,
      "content-type": "application/json",
    };
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    return this.#world.server.app.request(`http://localhost${path}`, init, peer);
  }

  #person(index: number): Person {
    return pick(this.#people, index);
  }

  get #now(): number {
    return this.#world.clock.now();
  }
}

function expectRow(row: OwnFix | undefined, entitled: ReturnType<SharesModel["shown"]>): void {
  if (entitled === null) return expect(row).toBeUndefined();
  expect(row?.at_ms).toBe(entitled.atMs);
  if (!entitled.coarse) return expect(row?.latitude).toBe(toWireNumber(entitled.latitude));
  expect(row?.accuracy).toBe(710);
  expect(Math.abs(Number(row?.latitude) - entitled.latitude)).toBeLessThan(0.0046);
}

const histories = Number(process.env["HISTORIES"] ?? 400);

test(`a share shows a friend what its life so far entitles to, on every way, in ${histories} random lives`, async () => {
  await using world = await createWorld();
  let shown = 0;
  const lives = fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 20 }), async (steps) => {
    // Addresses that no other history uses: the store is one for all of them.
    const address = (name: string) => ({ email: `${name}-${world.server.ctx.random.token()}@example.org` });
    const people = await Promise.all(["ada", "bob", "cat"].map((name) => world.person(name, address(name))));
    const trial = new Trial(world, people);
    await trial.begin();
    for (const one of steps) {
      await trial.take(one);
      shown += await trial.check();
    }
  });
  await fc.assert(lives, { numRuns: histories, ...seedOf() });
  process.stdout.write(`shares: ${shown} positions shown in ${histories} lives\n`);
  expect(shown).toBeGreaterThan(histories / 4);
}, 300_000);

function seedOf(): { seed: number } {
  const seed = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
  process.stdout.write(`shares: FUZZ_SEED=${seed}\n`);
  return { seed };
}
