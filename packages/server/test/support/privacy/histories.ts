import { assert, asyncProperty, nat } from "fast-check";
import type { World } from "../world.ts";
import { Atlas } from "./atlas.ts";
import { take } from "./doing.ts";
import { heedArrivals } from "./going.ts";
import { Ears, type Heard } from "./ears.ts";
import { judge, looksOf, type Tally, tryDead } from "./looks.ts";
import { chapters, type Kind, pick, type Step, told } from "./steps.ts";
import { everybody, hour, Trial } from "./trial.ts";

/** Everybody but one has accepted and two share, so that a short history already shows something. */
const opening: Step[] = (
  [
    ["accepted", 1, 0],
    ["accepted", 2, 0],
    ["on", 1, 0],
    ["share", 1, 4],
    ["general", 1, 0],
    ["forEvent", 2, 0],
  ] as const
).map(([kind, who, other]) => ({ kind, who, other, n: 0 }));
/** In some histories 1, who is friends with all who share beside the event, has a phone that shows them. */
const phone: Step = { kind: "device", who: 1, other: 0, n: 0 };

export interface Plan {
  seed: number;
  runs: number;
  /** How many looks are taken after each step; null: every one of everybody's. */
  looks: number | null;
  /** Whether everybody listens all the time, over real connections. */
  heard?: Heard;
  /** Where the fixes are, for who looks for them elsewhere. */
  atlas?: Atlas;
}

/** Random histories in one world; a failing one is shrunk, and printed as its steps. */
export async function runHistories(world: World, plan: Plan, tally: Tally): Promise<void> {
  const atlas = plan.atlas ?? new Atlas(plan.seed);
  const property = asyncProperty(chapters, nat(2), async (parts, shape) => {
    const done: Step[] = [];
    try {
      world.clock.set(world.clock.now() + 48 * hour);
      const trial = await Trial.begin(world, atlas, shape);
      trial.heed = () => heedArrivals(trial);
      const ears = plan.heard === undefined ? null : new Ears(trial, plan.heard);
      if (ears !== null) trial.between = () => ears.rememberToo();
      await ears?.openAll();
      for (const steps of [shape === 1 ? [...opening, phone] : opening, ...parts]) {
        for (const step of steps) {
          done.push(step);
          ears?.remember();
          await take(trial, step);
          trial.model.note(trial.now);
          tally.ended += trial.ended;
          trial.ended = 0;
          if (ears !== null) await hear(ears, step);
          if (done.length > opening.length) await lookAround(trial, step, plan.looks, tally);
        }
      }
      await ears?.close();
      await tryDead(trial, done.at(-1)?.n ?? 0, tally);
    } catch (error) {
      throw new Error(`${String(error)}\nafter ${told(done)}`, { cause: error });
    }
  });
  await assert(property, { numRuns: plan.runs, seed: plan.seed });
}

async function lookAround(trial: Trial, step: Step, looks: number | null, tally: Tally): Promise<void> {
  if (looks === null) {
    for (const viewer of everybody)
      for (const look of looksOf(trial, viewer)) await judge(trial, viewer, look, tally);
    return;
  }
  for (let i = 0; i < looks; i++) {
    const chosen = step.n * 7 + i * 11 + step.other;
    const viewer = pick(everybody, chosen + step.who);
    // Every second look is one at which there is something to see, where there is any.
    const all = looksOf(trial, viewer);
    const worth = Object.values(
      Object.groupBy(
        all.filter(({ may, isWorth }) => may.length > 0 || isWorth === true),
        ({ name }) => name,
      ),
    );
    const some = i % 2 === 0 && worth.length > 0 ? pick(worth, step.n + i) : all;
    await judge(trial, viewer, pick(some ?? all, chosen), tally);
  }
}

const tellingKinds = new Set<Kind>(["general", "forEvent", "ingest", "on", "coarse"]);

/** Connections that were there hear of it, and so does one that is opened now. */
async function hear(ears: Ears, { kind, who, other, n }: Step): Promise<void> {
  if (kind === "restart") return ears.reopen();
  if (kind === "leave" || kind === "declined" || kind === "remove")
    ears.deafen(kind === "remove" ? other : who);
  await ears.judge(tellingKinds.has(kind));
  if (kind === "accepted") await ears.open(who);
  if (n % 4 === 0 || kind === "logout" || kind === "device") await ears.open(other);
}
