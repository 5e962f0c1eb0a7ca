import { describe, expect, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { sql } from "kysely";
import { openDatabase, type Sql, StorageError } from "./database.ts";
import { counterNames, createTrial, insertCounter, nextTurn, rejection } from "./temporary-database.ts";

const log = { error: () => undefined, warn: () => undefined };

async function settings(db: Sql, names: readonly string[]): Promise<unknown[]> {
  const values: unknown[] = [];
  for (const name of names) {
    const { rows } = await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(db);
    values.push(...Object.values(rows[0] ?? {}));
  }
  return values;
}

test("case 21: both connections have the settings at the start and after the first use", async () => {
  await using trial = await createTrial();
  const names = ["journal_mode", "synchronous", "foreign_keys", "busy_timeout", "mmap_size"];
  const expected = ["wal", 2, 1, 5_000, 0];
  await trial.reopen();
  const writer = () => trial.db.write((tx) => settings(tx.sql, names));
  expect(await writer()).toEqual(expected);
  expect(await settings(trial.db.read, names)).toEqual(expected);
  await counterNames(trial.db.read);
  await trial.db.write((tx) => insertCounter(tx.sql, "first"));
  expect(await writer()).toEqual(expected);
  expect(await settings(trial.db.read, names)).toEqual(expected);
  const [major = 0, minor = 0] = trial.db.info.version.split(".").map(Number);
  expect(major * 1_000 + minor).toBeGreaterThanOrEqual(3_051);
});

test("a missing directory and the files in it are for this user alone", async () => {
  await using trial = await createTrial();
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  expect(mode(dirname(trial.path))).toBe("700");
  for (const suffix of ["", "-wal", "-shm", "-lock"]) expect(mode(trial.path + suffix)).toBe("600");
});

test("a write through the reader fails and changes nothing", async () => {
  await using trial = await createTrial();
  expect(String(await rejection(insertCounter(trial.db.read, "sneaky")))).toContain("readonly");
  expect(await counterNames(trial.db.read)).toEqual([]);
});

describe("one process owns the file", () => {
  test("a second opener is refused, by whatever path", async () => {
    await using trial = await createTrial();
    const detour = `sqlite:${dirname(trial.path)}/../data/trial.db`;
    expect(String(await rejection(openDatabase(detour, { log })))).toContain("another server uses");
    const source = `
      import { openDatabase } from ${JSON.stringify(new URL("database.ts", import.meta.url).pathname)};
      await openDatabase(${JSON.stringify(detour)}, { log: console });`;
    // The refusal in this process has not cost it the lock against others.
    const other = Bun.spawn([process.execPath, "-e", source], { stderr: "pipe" });
    expect(await new Response(other.stderr).text()).toContain("another server uses");
    await trial.db.write((tx) => insertCounter(tx.sql, "unharmed"));
    expect(await counterNames(trial.db.read)).toEqual(["unharmed"]);
  });

  test("another process is refused, and has it at once after kill -9", async () => {
    await using trial = await createTrial();
    await trial.db.close();
    const source = `
      import { openDatabase } from ${JSON.stringify(new URL("database.ts", import.meta.url).pathname)};
      const db = await openDatabase(${JSON.stringify(`sqlite:${trial.path}`)}, { log: console });
      console.log("open");
      setInterval(() => db.stats(), 60_000); // what nobody refers to is collected, and its lock with it`;
    await using owner = Bun.spawn([process.execPath, "-e", source], { stdout: "pipe" });
    const { value } = await owner.stdout.getReader().read();
    expect(new TextDecoder().decode(value)).toBe("open\n");
    // Twice, as a refused opener must not break the owner's lock either.
    for (let i = 0; i < 2; i++)
      expect(String(await rejection(trial.open()))).toContain("another server uses");
    owner.kill("SIGKILL");
    await owner.exited;
    await trial.open();
    expect(await counterNames(trial.db.read)).toEqual([]);
  });
});

test("an address that is no SQLite file is refused without repeating it", async () => {
  for (const url of ["mariadb://jarvis:secret@db/jarvis", "data/jarvis.db", "sqlite:", "mysql:x", ""]) {
    const message = String(await rejection(openDatabase(url, { log })));
    expect(message).toContain("sqlite:<path>");
    expect(message).not.toContain("secret");
  }
  expect(String(await rejection(openDatabase("sqlite::memory:", { log })))).toContain("must be a file");
});

test("closing waits for what is in, refuses the rest and leaves one whole file", async () => {
  await using trial = await createTrial();
  const slow = trial.db.write(async (tx) => {
    await nextTurn();
    await insertCounter(tx.sql, "slow");
  });
  const queued = trial.db.write((tx) => insertCounter(tx.sql, "queued"));
  const closing = trial.db.close();
  expect(await rejection(trial.db.write((tx) => insertCounter(tx.sql, "late")))).toBeInstanceOf(StorageError);
  await Promise.all([slow, queued, closing]);
  expect(existsSync(`${trial.path}-wal`)).toBe(false);
  await trial.open();
  expect(await counterNames(trial.db.read)).toEqual(["queued", "slow"]);
});

test("closing twice is closing once", async () => {
  await using trial = await createTrial();
  await Promise.all([trial.db.close(), trial.db.close()]);
  await trial.db.close();
});

test("a checkpoint waits for the group that is open, and leaves an empty log", async () => {
  await using trial = await createTrial();
  const stored: string[] = [];
  const units = ["one", "two", "three"].map((name) =>
    trial.db.write((tx) => insertCounter(tx.sql, name)).then(() => stored.push(name)),
  );
  await nextTurn();
  const late = trial.db.write((tx) => insertCounter(tx.sql, "four"));
  await Promise.all([trial.db.checkpoint(), ...units, late]);
  await trial.db.checkpoint();
  expect(stored).toEqual(["one", "two", "three"]);
  expect(statSync(`${trial.path}-wal`).size).toBe(0);
  expect((await counterNames(trial.db.read)).toSorted()).toEqual(["four", "one", "three", "two"]);
  await trial.db.close();
  expect(await rejection(trial.db.checkpoint())).toBeInstanceOf(StorageError);
});
