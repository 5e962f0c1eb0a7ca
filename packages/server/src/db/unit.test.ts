import { describe, expect, test } from "bun:test";
import { sql } from "kysely";
import { type Tx, UnitTimeout } from "./database.ts";
import { counterNames, createTrial, insertCounter, nextTurn, rejection } from "./temporary-database.ts";

describe("a unit's handle", () => {
  test("is dead once the unit has ended", async () => {
    await using trial = await createTrial();
    const handles: Tx[] = [];
    const keep = async (tx: Tx): Promise<void> => void handles.push(tx);
    await trial.db.write(keep);
    await trial.db.write(async (tx) => {
      for (const late of handles) {
        expect(String(await rejection(insertCounter(late.sql, "late")))).toContain("has ended");
        expect(() => late.onCommit(() => undefined)).toThrow("has ended");
      }
      await insertCounter(tx.sql, "own");
    });
    expect(await counterNames(trial.db.read)).toEqual(["own"]);
  });

  test("takes the queries that a failing unit did not await down with it", async () => {
    await using trial = await createTrial();
    const loose: Promise<void>[] = [];
    const failing = trial.db.write(async (tx) => {
      for (const name of ["x", "y", "z"]) loose.push(insertCounter(tx.sql, name));
      throw new Error("does not wait");
    });
    const next = trial.db.write((tx) => insertCounter(tx.sql, "next"));
    await Promise.allSettled([failing, next, ...loose]);
    expect(await counterNames(trial.db.read)).toEqual(["next"]);
  });

  test("keeps work that goes on after the unit out of the next unit", async () => {
    await using trial = await createTrial();
    const strays: Promise<string>[] = [];
    const stray = async (tx: Tx, hops: number): Promise<void> => {
      for (let i = 0; i < hops; i++) await Promise.resolve();
      await insertCounter(tx.sql, `stray${hops}`);
    };
    const first = trial.db.write(async (tx) => {
      for (let hops = 20; hops < 60; hops++) {
        const done = stray(tx, hops).then(
          () => "ran",
          (error: unknown) => String(error),
        );
        strays.push(done);
      }
    });
    const second = trial.db.write(async (tx) => {
      for (let i = 0; i < 30; i++) await Promise.resolve();
      await insertCounter(tx.sql, "second");
      throw new Error("second fails");
    });
    await Promise.allSettled([first, second]);
    for (const outcome of await Promise.all(strays)) expect(outcome).toContain("has ended");
    expect(await counterNames(trial.db.read)).toEqual([]);
  });

  test("cannot control the transaction that it shares", async () => {
    await using trial = await createTrial();
    for (const word of ["commit", "ROLLBACK", " begin", "end", "savepoint x", "release unit"]) {
      expect(String(await rejection(trial.db.write((tx) => sql.raw(word).execute(tx.sql))))).toContain(
        "cannot control",
      );
    }
    const nested = trial.db.write(async (tx) => tx.sql.transaction());
    expect(String(await rejection(nested))).toContain("not supported");
    await trial.db.write((tx) => insertCounter(tx.sql, "fine"));
    expect(await counterNames(trial.db.read)).toEqual(["fine"]);
  });
});

test("a unit that waits for something else is rolled back in time, and the others are not", async () => {
  await using trial = await createTrial({ limits: { unitTimeoutMs: 20 } });
  const forever = Promise.withResolvers<void>();
  const refusal = Promise.withResolvers<unknown>();
  const stuck = trial.db.write(async (tx) => {
    await insertCounter(tx.sql, "stuck");
    await forever.promise;
    const late = insertCounter(tx.sql, "late");
    await late.catch(refusal.resolve);
  });
  const others = ["a", "b"].map((name) => trial.db.write((tx) => insertCounter(tx.sql, name)));
  expect(await rejection(stuck)).toBeInstanceOf(UnitTimeout);
  await Promise.all(others);
  forever.resolve();
  expect(String(await refusal.promise)).toContain("has ended");
  expect(await counterNames(trial.db.read)).toEqual(["a", "b"]);
  expect(trial.logged.map(({ message }) => message)).toEqual(["a unit of work was rolled back"]);
});

test("a unit that starts another is refused instead of waiting for itself", async () => {
  await using trial = await createTrial();
  const nested = trial.db.write(async () => {
    await nextTurn();
    return trial.db.write(async () => "never");
  });
  expect(String(await rejection(nested))).toContain("cannot start another");
  // What a unit left behind may write once that unit is over.
  const after = Promise.withResolvers<string>();
  await trial.db.write(async (tx) => tx.onCommit(() => after.resolve(trial.db.write(async () => "fine"))));
  expect(await after.promise).toBe("fine");
});
