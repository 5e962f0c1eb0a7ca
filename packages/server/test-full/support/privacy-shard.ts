/** One part of the random histories, in a process of its own: `<seed> <runs> <looks|all> <heard|unheard>`. */
import { runHistories } from "../../test/support/privacy/histories.ts";
import { Tally } from "../../test/support/privacy/looks.ts";
import { createWorld } from "../../test/support/world.ts";

const [seed, runs, looks, listening] = process.argv.slice(2);
const heard = { frames: 0, positions: 0, demanded: 0, journeys: 0 };
const tally = new Tally();
// Five people at many connections each ask faster than five phones would.
await using world = await createWorld({ env: { JARVIS_RATE_LIMITS: "off" } });
await runHistories(
  world,
  {
    seed: Number(seed),
    runs: Number(runs),
    looks: looks === "all" ? null : Number(looks),
    ...(listening === "heard" ? { heard } : {}),
  },
  tally,
);
const { total, refused } = tally;
process.stdout.write(`${JSON.stringify({ total, refused, heard, told: tally.told() })}\n`);
