/**
 * `npm run faults`: a cluster on loopback under 200 messages a second on 500 sockets, and one fault after another.
 * `-- --only killed` tries those whose name says so; `--events`, `--people` and `--rate` make it smaller or larger.
 */
import { parseArgs } from "node:util";
import { faults } from "./catalogue.ts";
import { tryFault } from "./run.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    events: { type: "string", default: "45" },
    people: { type: "string", default: "10" },
    rate: { type: "string", default: "200" },
  },
});
const size = { events: Number(values.events), people: Number(values.people), perSecond: Number(values.rate) };
let failed = 0;
for (const fault of faults.filter(({ name }) => name.includes(values.only))) {
  const { line, problems } = await tryFault(fault, size, { beforeMs: 10_000, afterMs: 15_000 });
  process.stdout.write(`${line}\n${problems.map((problem) => `  ${problem}\n`).join("")}`);
  failed += problems.length;
}
process.exit(failed === 0 ? 0 : 1);
