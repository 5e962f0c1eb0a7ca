import { greetings } from "../../packages/server/src/realtime/hub.ts";
import { hotEventRows, stormRows } from "../scale/scenarios.ts";
import { constants } from "./constants.ts";
import { defaults, type Inputs, sizes } from "./inputs.ts";
import { demandOf, loadOf, nodeCores } from "./model.ts";
import { costOf, firstToBreak, layoutFor, type Part } from "./plan.ts";
import { measuredRuns, statedError, wholeLoad } from "./runs.ts";
import { number, table } from "./table.ts";

/** Writes `docs/scaling.md`: `node scripts/bun.mjs bench/capacity/document.ts`. A test fails when it is stale. */
export const path = new URL("../../docs/scaling.md", import.meta.url).pathname;

const remedies: Readonly<Record<Part, string>> = {
  "node CPU": "one more node; from one node on SQLite: PostgreSQL and Valkey",
  "node memory": "one more node, or more memory for each",
  "database CPU":
    "one more shard: the tables are distributed by event and person (Citus, YugabyteDB, CockroachDB)",
  "database disk": "one more shard, a larger disk, or shorter keeping of old messages",
  "Valkey CPU": "one more shard: channels are spread by name (cluster mode, sharded pub/sub)",
};

export function scalingDocument(): string {
  return `# Outgrowing one machine

What an installation for so many people needs, what it costs, and what is too small first. The tables are written by
\`node scripts/bun.mjs bench/capacity/document.ts\` from \`bench/capacity/\` (the model) and \`bench/scale/\` (the
simulation); change \`bench/capacity/inputs.ts\` to what your people do and your machines cost, and run it again.

**Nobody has run an installation beyond the tests' sizes.** The numbers follow from what one core was measured to do, and
from assumptions that are marked as such. Take them for where to look first, and measure before you buy.

## By number of users

${table(["users", "connected at the peak", "engine", "nodes (one core each)", "database shards", "Valkey shards", "a month", "a user and month"], sizes.map(sizeRow))}

A node is one process. Databases and Valkey are counted once and paid twice, for a standby each. At the peak nobody uses
more than ${defaults.machines.targetUse * 100} % of a core or of memory. One node on SQLite is down while it restarts: for two, whatever the size,
take the row of a million. Load balancers (\`balancer\`, one for each ${number(defaults.machines.connectionsPerBalancer)} connections) and traffic are in the cost.

## What comes in

At the busiest time, each second, for everybody together:

${table(["users", "sends", "deliveries", "positions", "frames with positions", "calls", "reconnects"], sizes.map(loadRow))}

It follows from these inputs, of which the behaviour of people is assumed:

${table(["input", "value"], inputRows())}

## What breaks first

When users become more and nothing is added:

${table(["users now", "first too small", "with users", "then"], sizes.map(breakRow))}

## Constants

CPU of one node unless it says otherwise.

${table(["constant", "value", "", "how it was taken"], constantRows())}

## The model against real runs

Within ${statedError * 100} % it has to reproduce what servers used in these runs, which \`bench/capacity/model.test.ts\` checks; the
first two are those from which the position's constants were taken. It does not cover the first seconds of a process:
with cold code a reconnect costs twice as much.

${table(["run", "cores measured", "cores by the model", "error"], measuredRuns.map(runRow))}

## A node dies

\`npm run simulate-scale\`: the connections of the dead node come back to the others, as the SDK does (full jitter from
250 ms, doubled up to 30 s), are greeted 64 at a time, wait in a queue of ${((greetings.waiting * 3) / 4).toLocaleString("en-US")} per node, and beyond that are refused.

${table(["nodes", "connections of each", "back, p50", "p99", "last", "refused", "longest queue", "CPU of each node"], stormRows())}

${stormText}

## A hot event

One event, all of its people connected, spread over the nodes; twenty messages a second for half a minute. ${number(100_000)} people are a
hundred times what [limits](limits.md) allow in one event: this says why.

${table(["people", "nodes", "deliveries/s", "p50", "p99", "left over at half time", "at the end", "of each core"], hotEventRows())}

${hotEventText}
`;
}

const stormText = `The first wait is drawn from 250 ms, so that a large node's connections are back in a wave: what smooths it is the queue.
As long as nobody is refused, the time is CPU alone, and more nodes shorten it. Where many are refused, their growing waits
and not CPU decide the 99th percentile. So keep nodes small (below 10,000 connections) and many rather than large and few, and keep
the target of half a core. The simulation has been held against a real run (3,000 at once, each 50 entries behind), see \`bench/scale/storm.test.ts\`. It does not know the database: at five reads a reconnect, look at the
database's CPU before you call a storm harmless.`;

const hotEventText = `A node has to deliver to everybody who is there, message by message. What is left over grows from half time to the end where
nodes cannot keep up; the server then cuts those who fall behind, and they resume from the store. Delay falls with the
people of the event on one node, not with the number of nodes as such. To go beyond the limit: more nodes for the event, several messages in one
write (the burst price is a sixth of the single one), and messages of large events held back for 100 ms.`;

function inputsFor(users: number): Inputs {
  return { ...defaults, users };
}

function sizeRow(users: number): string[] {
  const inputs = inputsFor(users);
  const layout = layoutFor(inputs);
  const cost = costOf(inputs, layout);
  return [
    number(users),
    number(loadOf(inputs).connections),
    layout.engine === "sqlite" ? "SQLite" : "PostgreSQL",
    number(layout.nodes),
    number(layout.storeShards),
    number(layout.busShards),
    `$${number(cost)}`,
    `$${(cost / users).toPrecision(2)}`,
  ];
}

function loadRow(users: number): string[] {
  const { sends, deliveries, positions, frames, queries, reconnects } = loadOf(inputsFor(users));
  return [users, sends, deliveries, positions, frames, queries, reconnects].map(number);
}

function inputRows(): string[][] {
  const { machines, ...people } = defaults;
  const { prices, ...sizesOfMachines } = machines;
  return [
    ...Object.entries({ ...people, ...sizesOfMachines }),
    ...Object.entries(prices).map(([name, price]) => [`price of ${name}, $`, price] as const),
  ].map(([name, value]) => [`\`${name}\``, String(value)]);
}

function breakRow(users: number): string[] {
  const inputs = inputsFor(users);
  const { part, users: then } = firstToBreak(inputs, layoutFor(inputs));
  return [number(users), part, number(Number(then.toPrecision(2))), remedies[part]];
}

function constantRows(): string[][] {
  return Object.entries(constants).map(([name, { value, unit, isMeasured, taken }]) => [
    `\`${name}\``,
    `${value} ${unit}`,
    isMeasured ? "measured" : "**assumed**",
    taken,
  ]);
}

function runRow(run: (typeof measuredRuns)[number]): string[] {
  const cores = nodeCores(wholeLoad(run), run.engine);
  const error = cores / run.cores - 1;
  return [run.name, run.cores.toFixed(3), cores.toFixed(3), `${(error * 100).toFixed(0)} %`];
}

/** For the command: what so many users would need, in full. */
export function explain(users: number): object {
  const inputs = inputsFor(users);
  const layout = layoutFor(inputs);
  return {
    load: loadOf(inputs),
    layout,
    demand: demandOf(inputs, layout.engine, layout.nodes),
    cost: costOf(inputs, layout),
  };
}

if (import.meta.main) await Bun.write(path, scalingDocument());
