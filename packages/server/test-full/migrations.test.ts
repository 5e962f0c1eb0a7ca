import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { migrations } from "../src/db/migrations/index.ts";
import { dumpRows, heldBefore, shapeOf } from "../test/support/dump-store.ts";
import { loadReleased, releasedVersions } from "../test/support/released-stores.ts";
import { processEnv, runJarvis, temporaryDirectory } from "../test/support/server-process.ts";
import { createRandom } from "./support/random.ts";

const cli = new URL("../src/cli.ts", import.meta.url).pathname;
const names = migrations.map(({ name }) => name);

/** Runs `jarvis migrate` under strace, which kills it at its so many-th write, or counts its writes. */
async function migrateTraced(directory: string, killAt: number | null): Promise<number> {
  const log = `${directory}/trace`;
  const inject = killAt === null ? [] : ["-e", `inject=pwrite64:signal=SIGKILL:when=${killAt}`];
  const program = [process.execPath, "--no-install", cli, "migrate"];
  const traced = ["strace", "-f", "-e", "trace=pwrite64", ...inject, "-o", log, ...program];
  const run = Bun.spawn(traced, { env: processEnv(directory), stdout: "ignore", stderr: "ignore" });
  await run.exited;
  return readFileSync(log, "latin1")
    .split("\n")
    .filter((line) => line.includes("pwrite64(")).length;
}

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

test.each(releasedVersions.filter((version) => version !== names.at(-1)))(
  "case 102: kill -9 at 20 random writes leaves %s, or the version after a migration",
  async (version) => {
    const random = createRandom(seed);
    const writes = await inFreshStore(version, (directory) => migrateTraced(directory, null));
    expect(writes).toBeGreaterThan(5);
    const ends = new Set<number>();
    const kills = Array.from({ length: 20 }, () => 1 + Math.floor(random() * writes));
    const killAndGoOn = async (killAt: number): Promise<void> => {
      const about = `seed ${seed}, killed at write ${killAt} of ${writes}`;
      await inFreshStore(version, async (directory) => {
        const path = `${directory}/jarvis.db`;
        const { kept, rows, looks, columns } = heldBefore(path);
        await migrateTraced(directory, killAt);
        // Reading recovers the WAL, as the next start does.
        expect(dumpRows(path, kept), about).toEqual(rows);
        const applied = dumpRows(path, new Map([["migration", ["name"]]]));
        ends.add(applied.length);
        const after = await runJarvis(["migrate"], processEnv(directory));
        expect(after, about).toMatchObject({ code: 0, stderr: "" });
        expect(dumpRows(path, kept), about).toEqual(rows);
        const seen = dumpRows(path, new Map([["location_view", columns]]));
        expect(seen, about).toEqual(expect.arrayContaining(looks));
        const all = dumpRows(path, new Map([["migration", ["name"]]]));
        expect(all, about).toEqual(
          names.map((name) => `INSERT INTO "migration" ("name") VALUES ('${name}');`),
        );
        expect(new Set(shapeOf(path).keys()), about).toContain("tombstone");
      });
    };
    // Most of it is the start of processes: two at a time, each in a store of its own.
    const each = async (first: number): Promise<void> => {
      for (let i = first; i < kills.length; i += 2) await killAndGoOn(kills[i] ?? 1);
    };
    await Promise.all([each(0), each(1)]);
    process.stdout.write(
      `seed ${seed}: ${writes} writes; migrations found after the kill: ${[...ends].toSorted().join(", ")}\n`,
    );
  },
  120_000,
);

async function inFreshStore<T>(version: string, use: (directory: string) => Promise<T>): Promise<T> {
  await using directory = await temporaryDirectory();
  loadReleased(version, `${directory.path}/jarvis.db`);
  return await use(directory.path);
}
