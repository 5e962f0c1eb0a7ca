import { Database as SqliteFile } from "bun:sqlite";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { sql } from "kysely";
import { type Database, StorageError } from "./database.ts";
import { counterNames, createTrial, insertCounter, nextTurn, tables } from "./temporary-database.ts";

describe("a group", () => {
  test("shares one commit among all units of a turn", async () => {
    await using trial = await createTrial();
    const before = trial.db.stats();
    const names = Array.from({ length: 64 }, (_, i) => `c${i}`);
    await Promise.all(names.map((name) => trial.db.write((tx) => insertCounter(tx.sql, name))));
    expect(trial.db.stats().commits - before.commits).toBe(1);
    expect(trial.db.stats().units - before.units).toBe(64);
    expect(await counterNames(trial.db.read)).toEqual(names.toSorted());
  });

  test("takes only so many units", async () => {
    await using trial = await createTrial({ limits: { maxUnits: 8 } });
    const before = trial.db.stats();
    await Promise.all(
      Array.from({ length: 64 }, (_, i) => trial.db.write((tx) => insertCounter(tx.sql, `c${i}`))),
    );
    expect(trial.db.stats().commits - before.commits).toBe(8);
  });

  test("takes only so long, and lets the event loop turn before the next one", async () => {
    await using trial = await createTrial({ limits: { maxGroupMs: 0 } });
    const order: string[] = [];
    const write = (name: string) =>
      trial.db.write((tx) => insertCounter(tx.sql, name)).then(() => order.push(name));
    const written = [write("a"), write("b")];
    setImmediate(() => order.push("turn"));
    await Promise.all(written);
    expect(order).toEqual(["a", "turn", "b"]);
  });

  test("is a single unit when groups are off", async () => {
    await using trial = await createTrial({ commit: "single" });
    const before = trial.db.stats();
    await Promise.all([1, 2, 3].map((i) => trial.db.write((tx) => insertCounter(tx.sql, `c${i}`))));
    expect(trial.db.stats().commits - before.commits).toBe(3);
  });

  test("shows nothing to readers before its commit, and everything at its first effect", async () => {
    await using trial = await createTrial();
    const outsider = new SqliteFile(trial.path, { readonly: true });
    const seen: unknown[] = [];
    const look = (): void => void seen.push(...outsider.query("select count(*) from counter").values());
    const insert = (name: string) =>
      trial.db.write(async (tx) => {
        await insertCounter(tx.sql, name);
        look();
        seen.push(await counterNames(trial.db.read));
        tx.onCommit(look);
      });
    await Promise.all([insert("a"), insert("b")]);
    outsider.close();
    expect(seen).toEqual([[0], [], [0], [], [2], [2]]);
  });

  test("rolls a failing unit back alone and tells it after the commit", async () => {
    await using trial = await createTrial();
    const told: string[] = [];
    const unit = (name: string, failure?: Error) =>
      trial.db
        .write(async (tx) => {
          tx.onCommit(() => told.push(`effect ${name}`));
          await insertCounter(tx.sql, name);
          if (failure) throw failure;
          return name;
        })
        .then(
          (value) => told.push(`stored ${value}`),
          (error: unknown) => told.push(`failed: ${String(error)}`),
        );
    await Promise.all([unit("a"), unit("b", new Error("b is not allowed")), unit("c")]);
    expect(await counterNames(trial.db.read)).toEqual(["a", "c"]);
    expect(told).toEqual(["effect a", "effect c", "stored a", "failed: Error: b is not allowed", "stored c"]);
  });

  test("goes on after an effect that throws", async () => {
    await using trial = await createTrial();
    const done: string[] = [];
    const fail = (): never => {
      throw new Error("a listener is broken");
    };
    await Promise.all([
      trial.db.write(async (tx) => tx.onCommit(fail)),
      trial.db.write(async (tx) => tx.onCommit(() => done.push("second"))),
    ]);
    expect(done).toEqual(["second"]);
    expect(trial.logged.map(({ message }) => message)).toEqual(["an effect after a commit failed"]);
  });

  test("keeps exactly what succeeded of 1,000 concurrent units", async () => {
    const outcomes = fc.array(fc.record({ by: fc.integer(), fails: fc.boolean(), slow: fc.boolean() }), {
      minLength: 1_000,
      maxLength: 1_000,
    });
    const keepsTheSum = fc.asyncProperty(outcomes, async (units) => {
      await using trial = await createTrial({ limits: { maxUnits: 50 } });
      await trial.db.write((tx) => insertCounter(tx.sql, "sum"));
      const settled = await Promise.allSettled(units.map((unit, i) => add(trial.db, unit, i)));
      const expected = units.reduce((sum, { by, fails }) => (fails ? sum : sum + by), 0);
      const row = await tables(trial.db.read).selectFrom("counter").select("value").executeTakeFirstOrThrow();
      expect(row.value).toBe(expected);
      expect(settled.map(({ status }) => status === "rejected")).toEqual(units.map(({ fails }) => fails));
    });
    // A failure prints its seed.
    await fc.assert(keepsTheSum, { numRuns: 3 });
  });
});

// Reads and writes back in two steps: an interleaved unit would lose an addition.
function add(
  db: Database,
  unit: { by: number; fails: boolean; slow: boolean },
  index: number,
): Promise<void> {
  return db.write(async (tx) => {
    const counter = tables(tx.sql);
    const { value } = await counter.selectFrom("counter").select("value").executeTakeFirstOrThrow();
    if (unit.slow && index % 20 === 0) await nextTurn();
    await counter
      .updateTable("counter")
      .set({ value: value + unit.by })
      .execute();
    if (unit.fails) throw new Error("fails by plan");
  });
}

describe("a commit that fails", () => {
  test("rejects every unit of its group, stores nothing, and the next group works", async () => {
    await using trial = await createTrial();
    const effects: string[] = [];
    const orphan = (name: string) =>
      trial.db.write((tx) =>
        tables(tx.sql).insertInto("child").values({ name, counter: "nobody" }).execute(),
      );
    const settled = await Promise.allSettled([
      trial.db.write((tx) => {
        tx.onCommit(() => effects.push("never"));
        return insertCounter(tx.sql, "a");
      }),
      orphan("lost"),
      trial.db.write(() => Promise.reject(new Error("fails by itself"))),
    ]);
    for (const result of settled) expect(result).toMatchObject({ reason: expect.any(StorageError) });
    expect(effects).toEqual([]);
    expect(await counterNames(trial.db.read)).toEqual([]);
    expect(trial.db.stats()).toMatchObject({ failedCommits: 1, failedUnits: 3 });
    await trial.db.write((tx) => insertCounter(tx.sql, "b"));
    expect(await counterNames(trial.db.read)).toEqual(["b"]);
  });

  test("is what follows when SQLite gives the transaction up, even if a unit hides it", async () => {
    await using trial = await createTrial();
    await trial.db.write((tx) => insertCounter(tx.sql, "taken"));
    let afterwards: unknown;
    const settled = await Promise.allSettled([
      trial.db.write((tx) => insertCounter(tx.sql, "a")),
      trial.db.write(async (tx) => {
        const loss = sql`insert or rollback into counter values ('taken', 1)`.execute(tx.sql);
        await loss.catch(() => undefined);
        afterwards = await insertCounter(tx.sql, "outside").catch((error: unknown) => error);
      }),
      trial.db.write((tx) => insertCounter(tx.sql, "later")),
    ]);
    expect(afterwards).toBeInstanceOf(StorageError);
    expect(settled[0]).toMatchObject({ reason: expect.any(StorageError) });
    expect(settled[1]).toMatchObject({ reason: expect.any(StorageError) });
    expect(settled[2].status).toBe("fulfilled");
    expect(await counterNames(trial.db.read)).toEqual(["later", "taken"]);
  });

  test("for want of room is a storage error, and room makes it work again", async () => {
    await using trial = await createTrial();
    const limit = (pages: number) =>
      trial.db.write((tx) => sql`pragma max_page_count = ${sql.lit(pages)}`.execute(tx.sql));
    const fill = (name: string) => trial.db.write((tx) => insertCounter(tx.sql, name.repeat(100_000)));
    await limit(10);
    const settled = await Promise.allSettled([fill("a"), fill("b")]);
    for (const result of settled) expect(result).toMatchObject({ reason: expect.any(StorageError) });
    expect(await counterNames(trial.db.read)).toEqual([]);
    await limit(1_000_000);
    await fill("c");
    expect(await counterNames(trial.db.read)).toHaveLength(1);
  });
});

test("a group that cannot begin rejects all that wait, and the next one works", async () => {
  await using trial = await createTrial();
  await trial.db.write((tx) => sql`pragma busy_timeout = 0`.execute(tx.sql));
  const outsider = new SqliteFile(trial.path);
  outsider.run("begin immediate");
  const settled = await Promise.allSettled(
    [1, 2].map((i) => trial.db.write((tx) => insertCounter(tx.sql, `${i}`))),
  );
  for (const result of settled) expect(result).toMatchObject({ reason: expect.any(StorageError) });
  outsider.close();
  await trial.db.write((tx) => insertCounter(tx.sql, "free"));
  expect(await counterNames(trial.db.read)).toEqual(["free"]);
});

test("writes beyond the queue's bound are refused at once", async () => {
  await using trial = await createTrial({ limits: { maxQueued: 2 } });
  const settled = await Promise.allSettled(
    ["a", "b", "c"].map((name) => trial.db.write((tx) => insertCounter(tx.sql, name))),
  );
  expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  expect(settled[2]).toMatchObject({ reason: expect.any(StorageError) });
});

test("a unit runs in the async context of its caller", async () => {
  await using trial = await createTrial();
  const request = new AsyncLocalStorage<string>();
  const nameIt = () => trial.db.write(async () => request.getStore());
  expect(await Promise.all([request.run("first", nameIt), request.run("second", nameIt)])).toEqual([
    "first",
    "second",
  ]);
});
