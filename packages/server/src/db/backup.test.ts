import { expect, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { openDatabase } from "./database.ts";
import { migrate } from "./migrate.ts";
import { nextTurn, rejection, TemporaryDatabase } from "./temporary-database.ts";

async function createMigrated(): Promise<TemporaryDatabase> {
  const trial = new TemporaryDatabase({});
  await trial.open();
  await migrate(trial.db);
  return trial;
}

test("the log is not emptied while a backup is read: that would wait for it", async () => {
  await using trial = await createMigrated();
  const copying = trial.db.backUp(`${trial.path}.copy`);
  expect(await trial.db.checkpoint()).toBe(false);
  await copying;
  while (!(await trial.db.checkpoint())) await nextTurn();
  expect(statSync(`${trial.path}-wal`).size).toBe(0);
});

test("of two backups into one file, one is made", async () => {
  await using trial = await createMigrated();
  const target = `${trial.path}.copy`;
  const both = await Promise.allSettled([trial.db.backUp(target), trial.db.backUp(target)]);
  expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(existsSync(`${target}.partial`)).toBe(false);
});

test("a file that comes into being meanwhile is not overwritten", async () => {
  await using trial = await createMigrated();
  const target = `${trial.path}.copy`;
  const copying = rejection(trial.db.backUp(target));
  await Bun.write(target, "precious");
  expect(String(await copying)).toContain("EEXIST");
  expect(await Bun.file(target).text()).toBe("precious");
  expect(existsSync(`${target}.partial`)).toBe(false);
});

test("closing gives a backup up, and another process may have the database at once", async () => {
  await using trial = await createMigrated();
  const copying = Promise.allSettled([trial.db.backUp(`${trial.path}.copy`)]);
  await trial.db.close();
  const next = await openDatabase(`sqlite:${trial.path}`, { log: console });
  expect(await migrate(next)).toEqual({ applied: [] });
  await next.close();
  await copying;
});
