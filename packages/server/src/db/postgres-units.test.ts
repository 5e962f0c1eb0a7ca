import { AsyncLocalStorage } from "node:async_hooks";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sql } from "kysely";
import { isConstraintViolation } from "./errors.ts";
import { StorageError, type Tx, UnitTimeout } from "./database.ts";
import { inList } from "./in-list.ts";
import { prepared } from "./prepared.ts";
import { createPostgresTrial, type PostgresTrial } from "./postgres-trial.ts";
import {
  counterNames,
  insertCounter,
  nextTurn,
  rejection,
  tables,
  type TrialTables,
} from "./temporary-database.ts";

let trial: PostgresTrial;
beforeEach(async () => void (trial = await createPostgresTrial()));
afterEach(() => trial[Symbol.asyncDispose]());

const valueOf = prepared((db, p: { name: string }) =>
  db.$extendTables<TrialTables>().selectFrom("counter").selectAll().where("name", "=", p.name),
);
const setValue = prepared((db, p: { name: string; value: number }) =>
  db.$extendTables<TrialTables>().updateTable("counter").set({ value: p.value }).where("name", "=", p.name),
);
const among = prepared((db, p: { names: readonly string[]; values: readonly number[] }) =>
  db
    .$extendTables<TrialTables>()
    .selectFrom("counter")
    .select("name")
    .where(inList("name", p.names))
    .where(inList("value", p.values))
    .orderBy("name"),
);

/** Reads, lets others go on, and writes what follows from it. */
async function increment({ sql: db }: Tx, name: string): Promise<void> {
  const row = await valueOf.first(db, { name });
  await nextTurn();
  await setValue.run(db, { name, value: (row?.value ?? Number.NaN) + 1 });
}

describe("units at the same time", () => {
  test("each see what the others have done: no increment of 100 is lost, and each has one effect", async () => {
    const { db } = trial;
    const [one, other] = [db, await trial.open()];
    await db.write((tx) => insertCounter(tx.sql, "a"));
    let [runs, effects] = [0, 0];
    const units = Array.from({ length: 100 }, (_, i) =>
      (i % 2 ? one : other).write(async (tx) => {
        runs++;
        tx.onCommit(() => void effects++);
        await increment(tx, "a");
      }),
    );
    await Promise.all(units);
    expect(await valueOf.first(db.read, { name: "a" })).toEqual({ name: "a", value: 100 });
    expect(effects).toBe(100);
    expect(runs).toBeGreaterThan(100); // else nothing has come in between
  });

  test("that each look at both rows and change one leave what one after the other could", async () => {
    const { db } = trial;
    await db.write(async (tx) => {
      for (const name of ["left", "right"]) await insertCounter(tx.sql, name, 1);
    });
    const both = Promise.withResolvers<void>();
    let arrived = 0;
    const goOff = (name: string) =>
      db.write(async (tx) => {
        const on = await tables(tx.sql).selectFrom("counter").select("name").where("value", "=", 1).execute();
        if (++arrived === 2) both.resolve();
        await both.promise;
        if (on.length > 1) await setValue.run(tx.sql, { name, value: 0 });
      });
    await Promise.all([goOff("left"), goOff("right")]);
    const left = await among.all(db.read, { names: ["left", "right"], values: [1] });
    expect(left).toHaveLength(1);
  });

  test("that found a key free and then taken look again, rather than fail", async () => {
    const both = Promise.withResolvers<void>();
    let arrived = 0;
    const claim = (by: number) =>
      trial.db.write(async (tx) => {
        const there = await valueOf.first(tx.sql, { name: "key" });
        if (++arrived === 2) both.resolve();
        await both.promise;
        if (there !== undefined) return there.value;
        await insertCounter(tx.sql, "key", by);
        return by;
      });
    const [first, second] = await Promise.all([claim(1), claim(2)]);
    expect(first).toBe(second);
  });

  test("that wait for each other's rows both end well", async () => {
    const { db } = trial;
    await db.write(async (tx) => {
      for (const name of ["a", "b"]) await insertCounter(tx.sql, name, 0);
    });
    const both = Promise.withResolvers<void>();
    let arrived = 0;
    const cross = (one: string, other: string) =>
      db.write(async (tx) => {
        await setValue.run(tx.sql, { name: one, value: 1 });
        if (++arrived === 2) both.resolve();
        await both.promise;
        await setValue.run(tx.sql, { name: other, value: 1 });
      });
    await Promise.all([cross("a", "b"), cross("b", "a")]);
    expect(await among.all(db.read, { names: ["a", "b"], values: [1] })).toHaveLength(2);
  }, 30_000);
});

describe("a unit", () => {
  test("that fails stores nothing and has no effect", async () => {
    let effects = 0;
    const failing = trial.db.write(async (tx) => {
      await insertCounter(tx.sql, "half");
      tx.onCommit(() => void effects++);
      throw new Error("changed its mind");
    });
    expect(String(await rejection(failing))).toContain("changed its mind");
    expect([await counterNames(trial.db.read), effects]).toEqual([[], 0]);
  });

  test("that passes over a failed statement is not stored either", async () => {
    const hiding = trial.db.write(async (tx) => {
      await insertCounter(tx.sql, "one");
      await insertCounter(tx.sql, "one").catch(() => undefined);
    });
    expect(isConstraintViolation(await rejection(hiding))).toBe(true);
    expect(await counterNames(trial.db.read)).toEqual([]);
  });

  test("says what is wrong without a word of what was written", async () => {
    const secret = "49.2606";
    const wrong: ((tx: Tx) => Promise<unknown>)[] = [
      (tx: Tx) => sql`insert into counter values (${secret}, ${"not a number"})`.execute(tx.sql),
      async (tx: Tx) => {
        for (let i = 0; i < 2; i++) await insertCounter(tx.sql, secret);
      },
      (tx: Tx) => sql`insert into counter values (${secret}, ${null})`.execute(tx.sql),
    ];
    for (const work of wrong) {
      const error = await rejection(trial.db.write(work));
      expect(error).toBeInstanceOf(Error);
      expect(Bun.inspect(error)).not.toContain(secret);
      expect(Bun.inspect(error)).not.toContain("not a number");
    }
  });

  test("has a handle that is dead when it has ended, and cannot start another one", async () => {
    const kept = await trial.db.write(async (tx) => {
      expect(String(await rejection(trial.db.write((inner) => insertCounter(inner.sql, "x"))))).toContain(
        "another",
      );
      expect(String(await rejection(sql`commit`.execute(tx.sql)))).toContain("transaction");
      return tx;
    });
    expect(String(await rejection(insertCounter(kept.sql, "late")))).toContain("has ended");
  });

  test("that waits for something else is rolled back in time, and may ask for as long as it gets answers", async () => {
    const quick = await trial.open({ unitTimeoutMs: 150 });
    const stuck = quick.write(async (tx) => {
      await insertCounter(tx.sql, "stuck");
      await new Promise(() => undefined);
    });
    expect(await rejection(stuck)).toBeInstanceOf(UnitTimeout);
    await quick.write(async (tx) => {
      for (let i = 0; i < 4; i++) await sql`select pg_sleep(0.1)`.execute(tx.sql);
      await insertCounter(tx.sql, "long");
    });
    expect(await counterNames(trial.db.read)).toEqual(["long"]);
  });

  test("runs in the async context of its caller, also when it runs again", async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    await context.run("caller", () =>
      trial.db.write(async (tx) => {
        seen.push(context.getStore());
        tx.onCommit(() => seen.push(context.getStore()));
        await insertCounter(tx.sql, "x");
        if (seen.length === 1) trial.proxy.cut();
        await insertCounter(tx.sql, "y");
      }),
    );
    expect(seen).toEqual(["caller", "caller", "caller"]);
  });
});

describe("reading", () => {
  test("takes lists of any length and any text, and gives numbers, bytes and null as SQLite does", async () => {
    const odd = ['a"b', "c\\d", "{e,f}", "", "ü 🚲", "NULL"];
    await trial.db.write(async (tx) => {
      for (const name of odd) await insertCounter(tx.sql, name, 2 ** 52);
    });
    const found = await among.all(trial.db.read, { names: [...odd, "none"], values: [2 ** 52, -1] });
    expect(found.map(({ name }) => name).toSorted()).toEqual(odd.toSorted());
    expect(await among.all(trial.db.read, { names: [], values: [] })).toEqual([]);
    const { rows } =
      await sql`select '\\x00ff'::bytea as bytes, 1.5::double precision as real, count(*) as count,
      sum(value) as sum, exists (select 1) as yes, null as nothing from counter`.execute(trial.db.read);
    const sum = odd.length * 2 ** 52;
    expect(rows).toEqual([
      { bytes: new Uint8Array([0, 255]), real: 1.5, count: odd.length, sum, yes: 1, nothing: null },
    ]);
  });

  test("cannot write", async () => {
    expect(String(await rejection(insertCounter(trial.db.read, "x")))).toContain("only a unit");
    expect(String(await rejection(setValue.run(trial.db.read, { name: "x", value: 1 })))).toContain(
      "only a unit",
    );
  });

  test("goes on when a table has got a column from a newer server", async () => {
    await trial.db.write((tx) => insertCounter(tx.sql, "a", 1));
    const readers = (): Promise<unknown> =>
      Promise.all(Array.from({ length: 8 }, () => valueOf.first(trial.db.read, { name: "a" })));
    await readers();
    await trial.db.write(
      async (tx) => void (await sql`alter table counter add column more bigint`.execute(tx.sql)),
      {
        schema: true,
      },
    );
    await readers();
    await trial.db.write(async (tx) => void (await valueOf.first(tx.sql, { name: "a" })));
  });
});

test("closing waits for what is in, refuses the rest, and is done once", async () => {
  const { db } = trial;
  const slow = db.write(async (tx) => {
    await insertCounter(tx.sql, "slow");
    await nextTurn();
  });
  const closing = Promise.all([db.close(), db.close()]);
  expect(await rejection(db.write((tx) => insertCounter(tx.sql, "late")))).toBeInstanceOf(StorageError);
  await Promise.all([slow, closing]);
  expect(await rejection(Promise.resolve(counterNames(db.read)))).toBeInstanceOf(StorageError);
  expect(await counterNames((await trial.open()).read)).toEqual(["slow"]);
});
