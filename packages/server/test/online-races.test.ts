import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Context } from "../src/context.ts";
import { sessionOf, sqlOf } from "../src/db/sqlite-dialect.ts";
import { OnlinePeople } from "../src/lib/online-people.ts";
import { nextTurn } from "../src/lib/turn.ts";
import { Online } from "../src/realtime/online.ts";
import { chosenSeed } from "./support/fuzz/http-run.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

/** Online state of its own beside the server's, whose look-ups take some turns of the loop, as those of another engine do. */
class SlowOnline {
  readonly online: Online;
  readonly log: string[] = [];
  underWay = 0;
  #turns = 0;

  constructor({ server: { ctx } }: World) {
    const session = sessionOf(ctx.db.read);
    const read = sqlOf({
      engine: "sqlite",
      all: (text, parameters) => this.#late(session.all(text, parameters)),
      first: (text, parameters) => this.#late(session.first(text, parameters)),
      run: (text, parameters) => session.run(text, parameters),
      execute: (text, parameters) => session.execute(text, parameters),
    });
    const slow: Context = { ...ctx, db: { ...ctx.db, read }, online: new OnlinePeople() };
    this.online = new Online(slow);
    ctx.bus.subscribe((message) => {
      if (message.type !== "entry" || message.kind !== "friend") return;
      this.online.heardEntry(message);
      if (message.data["state"] === "removed") this.log.push(this.underWay > 0 ? "lost midway" : "lost");
    });
  }

  /** The answer is of the moment of the question. */
  async #late<T>(answer: T): Promise<Awaited<T>> {
    const answered = await answer;
    this.underWay++;
    for (let turn = 0; turn < this.#turns; turn++) await nextTurn();
    this.underWay--;
    return answered;
  }

  slowness(turns: number): void {
    this.#turns = turns;
  }

  connect(person: Person): () => void {
    const listener = {
      send: (text: string) => void this.log.push(JSON.parse(text).online ? "true" : "false"),
    };
    this.online.arrived(listener, person.id);
    return () => this.online.left(listener, person.id);
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

const round = fc.record({
  slowness: fc.integer({ min: 0, max: 3 }),
  betweenArrivals: fc.integer({ min: 0, max: 6 }),
  beforeLoss: fc.integer({ min: 0, max: 8 }),
  second: fc.boolean(),
});

test("nobody is told `true` about somebody after they ceased to be friends, whatever was being looked up then", async () => {
  await using world = await createWorld();
  const { ada, bob } = await world.people("ada", "bob");
  const slow = new SlowOnline(world);
  const seed = chosenSeed();
  const seen = { midway: 0, told: 0, untold: 0 };
  for (const [index, { slowness, betweenArrivals, beforeLoss, second }] of fc
    .sample(round, { seed, numRuns: 300 })
    .entries()) {
    await world.befriend(ada, bob);
    slow.slowness(slowness);
    slow.log.length = 0;
    const ends = [slow.connect(ada)];
    await turns(betweenArrivals);
    ends.push(slow.connect(bob));
    await turns(beforeLoss);
    const loss = ada.call("DELETE", `/user/${ada.id}/friends/${bob.id}`);
    if (second) ends.push(slow.connect(bob));
    expect((await loss).status).toBe(200);
    await turns(30);
    const lostAt = slow.log.findIndex((line) => line.startsWith("lost"));
    const [before, after] = [slow.log.slice(0, lostAt), slow.log.slice(lostAt)];
    const trues = (lines: string[]) => lines.filter((line) => line === "true").length;
    expect({ seed, index, late: trues(after) }).toEqual({ seed, index, late: 0 });
    const falses = after.filter((line) => line === "false").length;
    expect({ seed, index, wasTold: falses > 0 }).toEqual({ seed, index, wasTold: trues(before) > 0 });
    if (slow.log.includes("lost midway")) seen.midway++;
    if (trues(before) > 0) seen.told++;
    else seen.untold++;
    for (const end of ends) end();
    world.clock.advance(10_000);
    await turns(10);
  }
  // The races took place.
  expect({ seed, ...seen, rare: Math.min(seen.midway, seen.told, seen.untold) > 10 }).toMatchObject({
    rare: true,
  });
});
