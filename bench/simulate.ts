/** `npm run simulate -- --histories N --from N`: as many histories as there is time for. */
import { parseArgs } from "node:util";
import { playAll } from "../packages/server/test/support/simulation/run.ts";
import { describeFailure } from "../packages/server/test/support/simulation/shrink.ts";

const { values: flags } = parseArgs({
  options: { histories: { type: "string", default: "100000" }, from: { type: "string", default: "0" } },
});
const histories = Number(flags.histories);

let played = 0;
let failed = 0;
for await (const { plan, outcome } of playAll(Number(flags.from), histories)) {
  played++;
  if (outcome.violations.length > 0) {
    failed++;
    console.log(await describeFailure(plan, outcome.violations));
  }
  if (played % 1_000 === 0 || played === histories) console.log(`${played} histories, ${failed} went wrong`);
}
process.exitCode = failed === 0 ? 0 : 1;
