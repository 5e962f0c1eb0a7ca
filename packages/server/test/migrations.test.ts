import { expect, test } from "bun:test";
import { migrations } from "../src/db/migrations/index.ts";
import { dumpRows, dumpStore, shapeOf } from "./support/dump-store.ts";
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
    const shape = new Map([...shapeOf(path)].filter(([table]) => table !== "migration"));
    const before = dumpRows(path, shape);
    for (const table of shape.keys()) expect(before.join("\n")).toContain(`INSERT INTO "${table}"`);
    expect((await runJarvis(["migrate"], processEnv(directory.path))).code).toBe(0);
    expect(appliedIn(path)).toEqual(present);
    const moved = shape.get("share_view") ?? ["event_id"];
    const looks = before.filter((row) => row.startsWith('INSERT INTO "share_view"'));
    const asLooks = looks.map((row) => row.replace('"share_view"', '"location_view"'));
    expect(dumpRows(path, new Map([["location_view", moved]]))).toEqual(expect.arrayContaining(asLooks));
    const kept = new Map([...shape].filter(([table]) => table !== "share_view"));
    expect(dumpRows(path, kept)).toEqual(before.filter((row) => !looks.includes(row)));
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
