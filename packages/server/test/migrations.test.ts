import { expect, test } from "bun:test";
import { migrations } from "../src/db/migrations/index.ts";
import { dumpRows, dumpStore, heldBefore, shapeOf } from "./support/dump-store.ts";
import { loadReleased, releasedVersions } from "./support/released-stores.ts";
import { processEnv, runJarvis, startProcess, temporaryDirectory } from "./support/server-process.ts";

const present = migrations.map(({ name }) => name);

test("there is a store of every version to bring up", () => {
  expect(releasedVersions).toEqual(present);
});

function appliedIn(path: string): string[] {
  const rows = dumpRows(path, new Map([["migration", ["position", "name"]]]));
  // Rows are sorted as texts, in which a tenth comes before a second: names are numbered as positions are.
  return rows.map((row) => /'(.+)'/.exec(row)?.[1] ?? "").toSorted();
}

test.each([...releasedVersions])(
  "case 102: a store of %s is brought up, with every row as it was",
  async (version) => {
    await using directory = await temporaryDirectory();
    const path = `${directory.path}/jarvis.db`;
    loadReleased(version, path);
    const { kept, rows, looks, columns } = heldBefore(path);
    const held = dumpRows(path, shapeOf(path)).join("\n");
    for (const table of shapeOf(path).keys()) expect(held).toContain(`INSERT INTO "${table}"`);
    expect((await runJarvis(["migrate"], processEnv(directory.path))).code).toBe(0);
    expect(appliedIn(path)).toEqual(present);
    expect(dumpRows(path, kept)).toEqual(rows);
    expect(dumpRows(path, new Map([["location_view", columns]]))).toEqual(expect.arrayContaining(looks));
    await using server = await startProcess(processEnv(directory.path));
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  },
);

test("case 102: two processes that start together migrate once", async () => {
  await using directory = await temporaryDirectory();
  const path = `${directory.path}/jarvis.db`;
  loadReleased("0001-initial", path);
  const env = processEnv(directory.path);
  const both = await Promise.all([runJarvis(["migrate"], env), runJarvis(["migrate"], env)]);
  expect(both.map(({ code }) => code)).toContain(0);
  for (const { code, stderr } of both) if (code !== 0) expect(stderr).toContain("another server uses");
  expect(appliedIn(path)).toEqual(present);
});

test("a store made afresh and one that was migrated are the same", async () => {
  await using directory = await temporaryDirectory();
  const env = processEnv(directory.path);
  expect((await runJarvis(["migrate"], env)).code).toBe(0);
  const fresh = dumpStore(`${directory.path}/jarvis.db`);
  await using other = await temporaryDirectory();
  loadReleased("0001-initial", `${other.path}/jarvis.db`);
  expect((await runJarvis(["migrate"], processEnv(other.path))).code).toBe(0);
  const schemaOf = (dump: string) =>
    dump
      .split("\n")
      .filter((line) => !line.startsWith("INSERT"))
      .join("\n");
  expect(schemaOf(dumpStore(`${other.path}/jarvis.db`))).toBe(schemaOf(fresh));
});
