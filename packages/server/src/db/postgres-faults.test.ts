import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sql } from "kysely";
import { StorageError } from "./database.ts";
import { createPostgresTrial, type PostgresTrial } from "./postgres-trial.ts";
import { counterNames, insertCounter, rejection } from "./temporary-database.ts";

let trial: PostgresTrial;
beforeEach(async () => void (trial = await createPostgresTrial()));
afterEach(() => trial[Symbol.asyncDispose]());

/** What it gave or threw, and after how long. */
async function timed(promise: Promise<unknown>): Promise<{ ms: number; outcome: unknown }> {
  const begun = performance.now();
  const outcome = await promise.catch((error: unknown) => error);
  return { ms: performance.now() - begun, outcome };
}

const read = (): Promise<unknown> => sql`select 1 as one`.execute(trial.db.read);
const write = (name: string): Promise<void> => trial.db.write((tx) => insertCounter(tx.sql, name));

describe("a database that says nothing", () => {
  test("is unavailable within three seconds, to readers and to units, and nothing hangs", async () => {
    await Promise.all([read(), read(), write("before")]);
    trial.proxy.swallow();
    const asked = await Promise.all([read(), write("lost"), read(), write("lost too")].map(timed));
    for (const { ms, outcome } of asked) {
      expect(outcome).toBeInstanceOf(StorageError);
      expect(ms).toBeLessThan(3_000);
    }
    // Those that have to connect first, and those that find every connection in use.
    const more = await Promise.all(Array.from({ length: 12 }, () => timed(read())));
    for (const { ms, outcome } of more) {
      expect(outcome).toBeInstanceOf(StorageError);
      expect(ms).toBeLessThan(3_000);
    }
  }, 30_000);

  test("in the midst of a unit stores nothing of it", async () => {
    const unit = trial.db.write(async (tx) => {
      await insertCounter(tx.sql, "half");
      trial.proxy.swallow();
      await insertCounter(tx.sql, "other half");
    });
    expect(await rejection(unit)).toBeInstanceOf(StorageError);
    trial.proxy.resume();
    expect(await counterNames(trial.db.read)).toEqual([]);
  }, 30_000);

  test("is no reason to wait once it speaks again", async () => {
    await write("before");
    trial.proxy.swallow();
    await rejection(read());
    await trial.db.proveWritable(); // no write has failed
    await rejection(write("lost"));
    expect(await rejection(trial.db.proveWritable())).toBeInstanceOf(StorageError);
    trial.proxy.resume();
    const { ms, outcome } = await timed(write("after"));
    expect(outcome).toBeUndefined();
    expect(ms).toBeLessThan(1_000);
    await trial.db.proveWritable();
  }, 30_000);
});

describe("a database that is gone", () => {
  test("is unavailable at once, and used again as soon as it is back", async () => {
    await write("before");
    await trial.proxy.refuse();
    const { ms, outcome } = await timed(write("lost"));
    expect(outcome).toBeInstanceOf(StorageError);
    expect(ms).toBeLessThan(1_000);
    expect(await rejection(read())).toBeInstanceOf(StorageError);
    await trial.proxy.accept();
    await write("after");
    expect(await counterNames(trial.db.read)).toEqual(["after", "before"]);
  });

  test("between two calls is not noticed: what had not begun to be stored is done again", async () => {
    await Promise.all([read(), read(), read(), write("before")]);
    for (let i = 0; i < 5; i++) {
      trial.proxy.cut();
      await read();
      trial.proxy.cut();
      await write(`after ${i}`);
    }
    expect(await counterNames(trial.db.read)).toHaveLength(6);
  });

  test("in the midst of a unit has it run again on another connection, with one effect", async () => {
    const seen: string[] = [];
    let runs = 0;
    await trial.db.write(async (tx) => {
      runs++;
      await insertCounter(tx.sql, "one");
      tx.onCommit(() => seen.push(`effect of run ${runs}`));
      if (runs === 1) trial.proxy.cut();
      await insertCounter(tx.sql, "two");
    });
    expect([runs, seen]).toEqual([2, ["effect of run 2"]]);
    expect(await counterNames(trial.db.read)).toEqual(["one", "two"]);
  });
});

test("case 105: with all connections in use calls fail within two seconds or so, and go on a second after", async () => {
  const free = Promise.withResolvers<void>();
  const sleepers = Array.from({ length: 10 }, () =>
    trial.db.write(async (tx) => {
      await sql`select 1`.execute(tx.sql);
      await free.promise;
    }),
  );
  const asked = await Promise.all(
    Array.from({ length: 200 }, (_, i) => timed(i % 2 ? read() : write(`${i}`))),
  );
  for (const { ms, outcome } of asked) {
    expect(outcome).toBeInstanceOf(StorageError);
    expect(ms).toBeLessThan(2_500);
  }
  free.resolve();
  const { ms, outcome } = await timed(write("after"));
  expect(outcome).toBeUndefined();
  expect(ms).toBeLessThan(1_000);
  await Promise.all(sleepers);
  expect(await counterNames(trial.db.read)).toEqual(["after"]);
}, 30_000);
