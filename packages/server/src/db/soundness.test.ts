import { expect, test } from "bun:test";
import { Database as SqliteFile } from "bun:sqlite";
import { readFileSync, writeFileSync } from "node:fs";
import { openDatabase, StorageError } from "./database.ts";
import { createTrial, insertCounter, nextTurn, rejection, tables } from "./temporary-database.ts";

/** Overwrites the page of a table, as a bad disk does. */
function damage(path: string, table: string): void {
  const bytes = readFileSync(path);
  const file = new SqliteFile(path, { readonly: true });
  const found = file.query<{ page: number }, [string]>(
    "select rootpage as page from sqlite_schema where name = ?",
  );
  const { page } = found.get(table) ?? { page: 1 };
  file.close();
  bytes.fill(0xa5, (page - 1) * 4_096, page * 4_096);
  writeFileSync(path, bytes);
}

test("a small file is checked before it is used", async () => {
  await using trial = await createTrial();
  await trial.db.close();
  damage(trial.path, "child");
  const opening = openDatabase(`sqlite:${trial.path}`, { log: console });
  expect(String(await rejection(opening))).toContain("is damaged");
});

test("a large one is checked beside the server, and takes no more writes when it is damaged", async () => {
  await using trial = await createTrial();
  await trial.db.write(({ sql }) => insertCounter(sql, "kept"));
  await trial.db.close();
  damage(trial.path, "child");
  const errors: string[] = [];
  const log = { warn: () => {}, error: (_: object, message: string) => void errors.push(message) };
  const db = await openDatabase(`sqlite:${trial.path}`, { log, checkAtOnceBytes: 0 });
  expect(db.damage).toBeNull();
  while (db.damage === null) await nextTurn();
  expect(await rejection(db.write(({ sql }) => insertCounter(sql, "lost")))).toBeInstanceOf(StorageError);
  expect(errors).toEqual([expect.stringContaining("is damaged")]);
  // What can be read still is: it may be all that is left.
  expect(await tables(db.read).selectFrom("counter").select("name").execute()).toEqual([{ name: "kept" }]);
  await db.close();
});

test("a sound large one goes on", async () => {
  await using trial = await createTrial({ checkAtOnceBytes: 0 });
  await trial.db.write(({ sql }) => insertCounter(sql, "one"));
  expect(trial.db.damage).toBeNull();
  expect(trial.logged).toEqual([]);
});
