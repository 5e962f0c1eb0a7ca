import { describe, expect, test } from "bun:test";
import { movedClock } from "../../test/support/clock.ts";
import type { Clock } from "../lib/clock.ts";
import type { Database } from "./database.ts";
import { leaseMs, Leases } from "./leases.ts";
import { migrate } from "./migrate.ts";
import { createTrial } from "./temporary-database.ts";

const log = { error() {}, warn() {} };

/** The store, as if others had it open too; `isDown` refuses its writes. */
function shared(db: Database, state: { isDown: boolean }): Database {
  return {
    ...db,
    isShared: true,
    write: (unit, options) => (state.isDown ? Promise.reject(new Error("down")) : db.write(unit, options)),
  };
}

async function scene() {
  const trial = await createTrial();
  await migrate(trial.db);
  const clock = movedClock();
  const state = { isDown: false };
  const node = (holder: string, its: Clock = clock) =>
    new Leases({ db: shared(trial.db, state), clock: its, log, holder });
  /** Time goes by, a second at a time, and what is under way ends. */
  const wait = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 1_000) {
      clock.advance(1_000);
      await trial.db.write(() => Promise.resolve());
      await Bun.sleep(0);
    }
  };
  return { trial, clock, state, node, wait };
}

describe("a lease", () => {
  test("is held by one, for as long as they live", async () => {
    const { trial, node, wait } = await scene();
    await using _ = trial;
    const [a, b] = [node("a"), node("b")];
    expect([await a.take("sweep"), await b.take("sweep"), await b.take("purge")]).toEqual([
      true,
      false,
      true,
    ]);
    await wait(10 * leaseMs);
    expect([a.isHeld("sweep"), await b.take("sweep"), b.isHeld("purge"), await a.take("purge")]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    await a.stop();
    expect(await b.take("sweep")).toBe(true);
    await b.stop();
  });

  test("goes to another when its holder has stood still, who knows of it when they wake", async () => {
    const { trial, clock, node, wait } = await scene();
    await using _ = trial;
    // A process that is stopped: time goes by, and no timer of it fires.
    const stopped: Clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      schedule: () => ({ cancel() {} }),
    };
    const [a, b] = [node("a", stopped), node("b")];
    expect(await a.take("sweep")).toBe(true);
    await wait(leaseMs - 1_000);
    expect([a.isHeld("sweep"), await b.take("sweep")]).toEqual([true, false]);
    await wait(1_000);
    expect([a.isHeld("sweep"), await b.take("sweep"), await a.take("sweep")]).toEqual([false, true, false]);
    await b.stop();
  });

  test("ends where it cannot be renewed, and is taken again by whoever comes first", async () => {
    const { trial, state, node, wait } = await scene();
    await using _ = trial;
    const a = node("a");
    expect(await a.take("sweep")).toBe(true);
    state.isDown = true;
    await wait(leaseMs);
    expect(a.isHeld("sweep")).toBe(false);
    state.isDown = false;
    const b = node("b");
    expect(await b.take("sweep")).toBe(true);
    await wait(2 * leaseMs);
    expect([await a.take("sweep"), b.isHeld("sweep")]).toEqual([false, true]);
    await b.stop();
  });

  test("of a hundred who ask at once goes to one", async () => {
    const { trial, node } = await scene();
    await using _ = trial;
    const nodes = Array.from({ length: 100 }, (_, n) => node(`n${n}`));
    const taken = await Promise.all(nodes.map((one) => one.take("sweep")));
    expect(taken.filter(Boolean)).toHaveLength(1);
    for (const one of nodes) await one.stop();
  });

  test("is everybody's who is alone with their store, and costs no write", async () => {
    await using trial = await createTrial();
    await migrate(trial.db);
    const before = trial.db.stats().units;
    const alone = new Leases({ db: trial.db, clock: movedClock(), log, holder: "a" });
    expect([await alone.take("sweep"), alone.isHeld("sweep")]).toEqual([true, true]);
    await alone.stop();
    expect(trial.db.stats().units).toBe(before);
  });
});
