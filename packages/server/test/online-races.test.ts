import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { Context } from "../src/context.ts";
import { sessionOf, sqlOf } from "../src/db/kysely-session.ts";
import { OnlinePeople } from "../src/lib/online-people.ts";
import { nextTurn } from "../src/lib/turn.ts";
import { Online } from "../src/realtime/online.ts";
import { chosenSeed } from "./support/fuzz/http-run.ts";
import { createMeeting } from "./support/meeting.ts";
import { createWorld, type Person, type World } from "./support/world.ts";

/** Online state of its own beside the server's, whose look-ups take some turns of the loop, as those of another engine do. */
class SlowOnline {
  readonly online: Online;
  readonly log: string[] = [];
  underWay = 0;
  connections = 0;
  /** Called when the first change has been heard. */
  atChange: (() => void) | null = null;
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
      if (message.type === "member_left" || message.type === "member_joined")
        this.online.changed(message.user);
      else if (message.type === "entry" && message.kind !== "message") this.online.heardEntry(message);
      const isUnfriended = message.type === "entry" && message.data["state"] === "removed";
      if (isUnfriended || message.type === "member_left")
        this.log.push(this.underWay > 0 ? "lost midway" : "lost");
      if (
        isUnfriended ||
        message.type === "member_left" ||
        (message.type === "entry" && message.kind === "profile")
      )
        this.atChange?.();
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

  /** Notes what the connection is told, under its number. */
  connect(person: Person): () => void {
    const number = this.connections++;
    const send = (text: string) => void this.log.push(`${number} ${JSON.parse(text).online}`);
    const listener = { sendAll: (texts: readonly string[]) => texts.forEach(send) };
    this.online.arrived(listener, person.id);
    return () => this.online.left(listener, person.id);
  }

  begin(slowness: number): void {
    this.#turns = slowness;
    this.connections = 0;
    this.log.length = 0;
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

const few = fc.constantFrom(0, 0, 1, 2, 4, 8);
const round = fc.record({
  slowness: fc.integer({ min: 0, max: 3 }),
  waits: fc.tuple(few, few, fc.integer({ min: 0, max: 2 })),
  first: fc.constantFrom("ada", "bob"),
  /** Bob's, as only his part in the event is; a new name takes nothing from anybody. */
  change: fc.constantFrom("unfriend", "leave", "rename", "rename and unfriend"),
  second: fc.constantFrom("nobody", "ada", "bob"),
  secondComes: fc.constantFrom("before it", "with it"),
});
type Round = typeof round extends fc.Arbitrary<infer T> ? T : never;

interface Play {
  readonly world: World;
  readonly ada: Person;
  readonly bob: Person;
  /** Knows neither of them, and is there all the time. */
  readonly cem: Person;
  readonly event: string;
  readonly slow: SlowOnline;
}

const unfriend = ({ ada, bob }: Play) => ada.call("DELETE", `/user/${ada.id}/friends/${bob.id}`);
const rename = ({ bob }: Play) => bob.call("PATCH", `/user/${bob.id}`, { username: "Bob" });
const changes = {
  unfriend,
  rename,
  leave: ({ bob, event }: Play) => bob.call("DELETE", `/event/${event}/people/${bob.id}`),
  async "rename and unfriend"(scene: Play) {
    await rename(scene);
    return unfriend(scene);
  },
};

/** What was told before and after the loss. */
async function play(scene: Play, one: Round): Promise<[string[], string[]]> {
  const { slowness, waits, first, change, second, secondComes } = one;
  const { world, ada, bob, event, slow } = scene;
  if (change.endsWith("unfriend")) await world.befriend(ada, bob);
  else expect((await bob.call("PUT", `/event/${event}/rsvp`, { status: "maybe" })).status).toBe(200);
  slow.begin(slowness);
  const ends = [slow.connect(scene[first])];
  await turns(waits[0]);
  ends.push(slow.connect(first === "ada" ? bob : ada));
  await turns(waits[1]);
  const comes = () => {
    slow.atChange = null;
    if (second !== "nobody") void turns(waits[2]).then(() => ends.push(slow.connect(scene[second])));
  };
  slow.atChange = comes;
  const changed = changes[change](scene);
  slow.online.changed(scene.cem.id); // is being looked at meanwhile
  if (secondComes === "before it") comes();
  expect((await changed).status).toBe(200);
  await turns(25);
  for (const end of ends) end();
  const log = [...slow.log];
  world.clock.advance(10_000);
  await turns(10);
  if (change === "rename") await changes.leave(scene);
  const lostAt = log.findIndex((line) => line.startsWith("lost"));
  return lostAt < 0 ? [log, []] : [log.slice(0, lostAt), log.slice(lostAt)];
}

test("nobody is told `true` after the loss of what let them know, whatever was being looked up then; nobody is left out", async () => {
  await using world = await createWorld();
  const { ada, bob, cem } = await world.people("ada", "bob", "cem");
  const { id: event } = await createMeeting(world, ada, { invited: [bob], inMs: 86_400_000 });
  await bob.call("DELETE", `/event/${event}/people/${bob.id}`);
  const scene: Play = { world, ada, bob, cem, event, slow: new SlowOnline(world) };
  scene.slow.connect(cem);
  const seed = chosenSeed();
  const seen = { midway: 0, told: 0, untold: 0 };
  for (const [index, one] of fc.sample(round, { seed, numRuns: 400 }).entries()) {
    const [before, after] = await play(scene, one);
    const about = { seed, index, ...one, before, after };
    const hears = (lines: string[], value: string) => new Set(lines.filter((line) => line.endsWith(value)));
    if (one.change === "rename") {
      const expected = new Set(
        Array.from({ length: scene.slow.connections }, (_, number) => `${number} true`),
      );
      expect({ ...about, told: hears(before, "true") }).toEqual({ ...about, told: expected });
      continue;
    }
    const toldTrue = new Set([...hears(before, "true")].map((line) => line.replace("true", "false")));
    // Another connection of the same person may hear `false` of what it was not told yet.
    const left = toldTrue.difference(hears(after, "false"));
    expect({ ...about, late: hears(after, "true").size, left }).toEqual({
      ...about,
      late: 0,
      left: new Set(),
    });
    if (after[0] === "lost midway") seen.midway++;
    if (toldTrue.size > 0) seen.told++;
    else seen.untold++;
  }
  // The races took place.
  expect({ seed, ...seen, enough: Math.min(...Object.values(seen)) > 5 }).toMatchObject({ enough: true });
}, 60_000);
