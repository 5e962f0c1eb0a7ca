/**
 * `npm run simulate-scale`: a node's death and a hot event, at sizes that no test machine holds. `-- --seed <n>` plays
 * another history; `-- --users <n>` says what so many users would need.
 */
import { parseArgs } from "node:util";
import { explain } from "../capacity/document.ts";
import { table } from "../capacity/table.ts";
import { hotEventRows, stormRows } from "./scenarios.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    users: { type: "string" },
  },
});
if (values.users !== undefined) {
  console.log(JSON.stringify(explain(Number(values.users)), null, 2));
} else {
  const seed = Number(values.seed);
  console.log(`Seed ${seed}\n\nA node dies:\n`);
  const storm = [
    "nodes",
    "connections of each",
    "p50",
    "p99",
    "last",
    "refused",
    "longest queue",
    "CPU of each",
  ];
  console.log(table(storm, stormRows(seed)));
  const hot = [
    "people",
    "nodes",
    "deliveries/s",
    "p50",
    "p99",
    "left at half time",
    "at the end",
    "of each core",
  ];
  console.log(`\nA hot event:\n\n${table(hot, hotEventRows(seed))}`);
}
