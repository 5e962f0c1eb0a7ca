import { expect, test } from "bun:test";
import { Tally } from "./support/privacy/looks.ts";
import { runHistories } from "./support/privacy/histories.ts";
import { createWorld } from "./support/world.ts";

const seed = Number(process.env["PRIVACY_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const runs = Number(process.env["HISTORIES"] ?? 12);

test(`sends no position to anybody not entitled as it is delivered, in ${runs} random histories`, async () => {
  await using world = await createWorld();
  const heard = { frames: 0, positions: 0, demanded: 0, journeys: 0 };
  await runHistories(world, { seed, runs, looks: 0, heard }, new Tally());
  process.stdout.write(`privacy frames: PRIVACY_SEED=${seed}; ${JSON.stringify(heard)}\n`);
  expect(heard.positions).toBeGreaterThan(runs);
}, 600_000);
