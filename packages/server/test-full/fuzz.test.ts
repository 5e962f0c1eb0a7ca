import { expect, test } from "bun:test";
import { chosenSeed, fuzzHttp, type Report, summary } from "../test/support/fuzz/http-run.ts";
import { fuzzSocket } from "../test/support/fuzz/socket-run.ts";
import { quickPasswords } from "../test/support/identities.ts";
import { createWorld, type World } from "../test/support/world.ts";

const count = 20_000;
const limitMs = 240_000;
const mebibyte = 1_048_576;
/** What a run may leave behind: caches with a bound, and what the engine has not given back. */
const grownAtMost = 200 * mebibyte;

async function residentBytes(): Promise<number> {
  Bun.gc(true);
  return process.memoryUsage().rss;
}

function reasonOf({ message, fields }: World["logged"][number]): string {
  const error: unknown = Object.entries(fields).find(([name]) => name === "error")?.[1];
  return `${message}: ${error instanceof Error ? error.stack : JSON.stringify(fields)}`;
}

async function run(
  world: World,
  name: string,
  fuzz: (seed: number, count: number) => Promise<Report>,
): Promise<Report> {
  const seed = chosenSeed();
  process.stdout.write(`fuzz: ${count} ${name} from FUZZ_SEED=${seed}\n`);
  await fuzz(seed, 1_000); // whatever is loaded and cached once is there before memory is measured
  const before = await residentBytes();
  const report = await fuzz(seed, count);
  const grown = (await residentBytes()) - before;
  process.stdout.write(`fuzz: ${summary(report)}; grown by ${Math.round(grown / mebibyte)} MiB\n`);
  // What was answered as a fault of the server is told in its log alone.
  const errors = world.logged.filter(({ level }) => level === "error").map(reasonOf);
  expect({ seed, faults: report.faults.slice(0, 20), errors }).toEqual({ seed, faults: [], errors: [] });
  expect(grown).toBeLessThan(grownAtMost);
  return report;
}

test(
  "case 109: 20,000 requests from the contract's schemas find no fault",
  async () => {
    await using world = await createWorld({ overrides: { passwords: quickPasswords() } });
    const { outcomes } = await run(world, "requests", (seed, size) => fuzzHttp(world, seed, size));
    expect(outcomes.get("ok") ?? 0).toBeGreaterThan(count / 50);
  },
  limitMs,
);

test(
  "case 109: 20,000 frames from the contract's schemas find no fault",
  async () => {
    await using world = await createWorld();
    const { outcomes } = await run(world, "frames", (seed, size) => fuzzSocket(world, seed, size));
    expect(outcomes.get("ack") ?? 0).toBeGreaterThan(count / 500);
  },
  limitMs,
);
