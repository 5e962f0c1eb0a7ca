import { expect, test } from "bun:test";
import { Tally } from "./support/privacy/looks.ts";
import { runHistories } from "./support/privacy/histories.ts";
import { createWorld } from "./support/world.ts";

const seed = Number(process.env["PRIVACY_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const runs = Number(process.env["HISTORIES"] ?? 200);

test(`shows no position to anybody not entitled at that instant, in ${runs} random histories`, async () => {
  await using world = await createWorld();
  const tally = new Tally();
  await runHistories(world, { seed, runs, looks: 3 }, tally);
  // What nobody may see is looked for everywhere in some of them: few looks would seldom meet it.
  await runHistories(world, { seed, runs: Math.ceil(runs / 8), looks: null }, tally);
  process.stdout.write(`privacy histories: PRIVACY_SEED=${seed}; ${tally.told()}\n`);
  expect(tally.total).toBeGreaterThan(runs);
}, 600_000);
