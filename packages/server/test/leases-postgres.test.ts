import { expect, test } from "bun:test";
import { openDatabase } from "../src/db/database.ts";
import { fenced, LeaseLost, Leases } from "../src/db/leases.ts";
import { type Clock, systemClock } from "../src/lib/clock.ts";
import { FollowedClock } from "../src/lib/followed-clock.ts";
import { createPostgres, dropPostgres } from "./support/postgres/databases.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };
const minute = 60_000;

/** A server with a clock of its own that is wrong by so much, and goes by the database's. */
async function node(url: string, holder: string, skewMs: number) {
  const db = await openDatabase(url, { log });
  const own: Clock = { ...systemClock, now: () => systemClock.now() + skewMs };
  const clock = new FollowedClock(own, () => db.now(), log);
  await clock.follow();
  const leases = new Leases({ db, clock, log, holder });
  return {
    leases,
    db: fenced(db),
    clock,
    async [Symbol.asyncDispose]() {
      await leases.stop();
      clock.stop();
      await db.close();
    },
  };
}

type Node = Awaited<ReturnType<typeof node>>;

function note({ db }: Node, key: string): Promise<unknown> {
  return db.write((tx) => tx.sql.insertInto("meta").values({ key, value: "done" }).execute());
}

async function noted({ db }: Node): Promise<string[]> {
  const rows = await db.read.selectFrom("meta").select("key").where("value", "=", "done").execute();
  return rows.map(({ key }) => key).toSorted();
}

test("on PostgreSQL servers whose clocks differ by eight minutes agree on who has a lease, and one that lost it changes nothing", async () => {
  const database = await createPostgres();
  try {
    await using early = await node(database.url, "early", -4 * minute);
    await using late = await node(database.url, "late", 4 * minute);
    expect(Math.abs(early.clock.now() - late.clock.now())).toBeLessThan(1_000);
    expect([await early.leases.take("one"), await late.leases.take("one")]).toEqual([true, false]);
    expect([await late.leases.take("two"), await early.leases.take("two")]).toEqual([true, false]);
    const asleep = Promise.withResolvers<void>();
    const woken = early.leases.run("one", async () => {
      await note(early, "before");
      await asleep.promise;
      await note(early, "after");
    });
    // As if fifteen seconds had gone by without a sign of it.
    await late.db.write((tx) =>
      tx.sql.updateTable("lease").set({ until_ms: 0 }).where("name", "=", "one").execute(),
    );
    expect(await late.leases.run("one", async () => void (await note(late, "instead")))).toBe(true);
    asleep.resolve();
    expect(await woken.catch((error: unknown) => error)).toBeInstanceOf(LeaseLost);
    expect(await noted(late)).toEqual(["before", "instead"]);
    // Of a hundred who ask at once, in two places, one gets it.
    const asked = Array.from({ length: 100 }, (_, n) =>
      (n % 2 === 0 ? early : late).leases.take(`many ${n >> 1}`),
    );
    const taken = await Promise.all(asked);
    for (let pair = 0; pair < 50; pair++)
      expect([taken[2 * pair], taken[2 * pair + 1]].filter(Boolean)).toHaveLength(1);
  } finally {
    await dropPostgres(database);
  }
}, 60_000);
