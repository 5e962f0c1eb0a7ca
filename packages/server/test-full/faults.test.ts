import { expect, test } from "bun:test";
import { faults } from "./support/faults/catalogue.ts";
import { tryFault } from "./support/faults/run.ts";

/** `npm run faults` tries the same under 200 messages a second and 500 sockets. */
const size = { events: 5, people: 6, perSecond: 30 };

test.each(faults.map((fault) => [fault.name, fault] as const))(
  "case 73, case 74: several servers, and %s: nothing acknowledged is lost, doubled or out of order",
  async (_, fault) => {
    const { line, problems } = await tryFault(fault, size, { beforeMs: 3_000, afterMs: 4_000 });
    process.stdout.write(`${line}\n`);
    expect(problems).toEqual([]);
  },
  180_000,
);
