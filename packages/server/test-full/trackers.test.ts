import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chosenSeed } from "../test/support/fuzz/http-run.ts";
import { movedClock } from "../test/support/clock.ts";
import { type CorpusRequest, journeyOverMs } from "../test/support/trackers/corpus.ts";
import { allRequests, fuzzReaders } from "../test/support/trackers/fuzz.ts";
import { fuzzIngest } from "../test/support/trackers/server-fuzz.ts";
import { createWorld } from "../test/support/world.ts";

const limitMs = 10 * 60_000;

test(
  "case 110: 100,000 requests of tracker apps with changes anywhere are read without a crash or an impossible fix",
  async () => {
    const seed = chosenSeed();
    const { faults } = await fuzzReaders(seed, 100_000);
    expect({ seed, faults: faults.slice(0, 5) }).toEqual({ seed, faults: [] });
  },
  limitMs,
);

test(
  "case 110: 20,000 of them against a server: only 200 and 401, and nothing impossible in the store",
  async () => {
    await using world = await createWorld({ clock: movedClock(journeyOverMs) });
    const seed = chosenSeed();
    const { faults, statuses, stored } = await fuzzIngest(world, seed, 20_000);
    expect({ seed, faults: faults.slice(0, 5) }).toEqual({ seed, faults: [] });
    expect([...statuses.keys()].toSorted((one, other) => one - other)).toEqual([200, 401]);
    expect(stored).toBeGreaterThan(100);
  },
  limitMs,
);

test(
  "case 110: a minute of changes led by what code they reach finds no crash and no impossible fix",
  async () => {
    const seed = chosenSeed();
    const report = await coverageGuided(seed, 60);
    expect({ seed, faults: report.faults }).toEqual({ seed, faults: [] });
    expect(report.runs).toBeGreaterThan(2_000);
    // A line or two that only several changes at once reach may be left.
    expect({
      seed,
      gaps: report.gaps,
      missed: report.gaps.join("").length / report.length < 0.01,
    }).toMatchObject({
      missed: true,
    });
  },
  limitMs,
);

/** What no change makes of a small request. */
function large(): CorpusRequest[] {
  const post = { method: "POST", target: "/ingest/overland", headers: {} };
  const feature = { geometry: { coordinates: [1, 2] }, properties: {} };
  const batch = { locations: Array.from({ length: 1_001 }, () => feature) };
  return [
    { ...post, body: " ".repeat(1024 * 1024 + 1) },
    { ...post, body: JSON.stringify(batch) },
  ];
}

interface CoverageReport {
  runs: number;
  /** Characters of the readers' code. */
  length: number;
  faults: unknown[];
  /** Pieces of the readers that nothing reached. */
  gaps: string[];
}

async function coverageGuided(seed: number, seconds: number): Promise<CoverageReport> {
  const directory = await mkdtemp(join(tmpdir(), "jarvis-trackers-"));
  try {
    const support = join(import.meta.dir, "support");
    const built = await Bun.build({
      entrypoints: [join(support, "tracker-readers.ts"), join(support, "tracker-coverage.ts")],
      outdir: directory,
      target: "node",
      format: "esm",
      naming: "[name].mjs",
    });
    expect(built.success).toBe(true);
    const requests = join(directory, "requests.json");
    await Bun.write(requests, JSON.stringify([...(await allRequests()), ...large()]));
    const paths = [join(directory, "tracker-coverage.mjs"), join(directory, "tracker-readers.mjs"), requests];
    const child = Bun.spawn(["node", ...paths, `${seconds}`, `${seed}`], {
      stdout: "pipe",
      stderr: "inherit",
    });
    const text = await new Response(child.stdout).text();
    expect(await child.exited).toBe(0);
    return JSON.parse(text) as CoverageReport; // what the script writes
  } finally {
    await rm(directory, { recursive: true });
  }
}
