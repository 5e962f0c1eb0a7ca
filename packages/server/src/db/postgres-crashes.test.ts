import { expect, test } from "bun:test";
import { sql } from "kysely";
import { startCluster } from "../../test/support/postgres/cluster.ts";
import { StorageError } from "./database.ts";
import { createPostgresTrial, type PostgresTrial } from "./postgres-trial.ts";
import { counterNames, insertCounter } from "./temporary-database.ts";

interface Written {
  readonly stored: string[];
  /** When calls failed, in ms of this run. */
  readonly failedMs: number[];
  longestMs: number;
}

/** Writes and reads without a pause, and notes what was acknowledged. */
async function load(
  { db }: PostgresTrial,
  until: AbortSignal,
  name: string,
  written: Written,
): Promise<void> {
  for (let i = 0; !until.aborted; i++) {
    const begun = performance.now();
    try {
      await db.write((tx) => insertCounter(tx.sql, `${name}-${i}`));
      written.stored.push(`${name}-${i}`);
      await sql`select 1`.execute(db.read);
    } catch (error) {
      expect(error).toBeInstanceOf(StorageError);
      written.failedMs.push(performance.now());
      await Bun.sleep(5); // as clients do, else the log is all there is to see
    }
    written.longestMs = Math.max(written.longestMs, performance.now() - begun);
  }
}

/** kill -9 of one process of PostgreSQL: it ends all others, and recovers as after a power cut. */
async function crash({ db }: PostgresTrial): Promise<void> {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db.read);
  process.kill(Number(rows[0]?.pid), "SIGKILL");
}

async function healed({ db }: PostgresTrial): Promise<void> {
  for (;;) {
    try {
      await db.write((tx) => sql`update migration set name = name`.execute(tx.sql));
      return;
    } catch {
      await Bun.sleep(10);
    }
  }
}

test("case 104: PostgreSQL crashes three times under load: nothing acknowledged is lost, it heals within 5 s, nothing hangs", async () => {
  // What reaches the kernel survives a crash of PostgreSQL alone.
  const cluster = await startCluster({ settings: { synchronous_commit: "on" } });
  try {
    await using trial = await createPostgresTrial({}, cluster);
    const written: Written = { stored: [], failedMs: [], longestMs: 0 };
    const ended = new AbortController();
    const writers = Array.from({ length: 8 }, (_, i) => load(trial, ended.signal, `w${i}`, written));
    const windows: [number, number][] = [];
    for (let i = 0; i < 3; i++) {
      const enough = written.stored.length + 200;
      while (written.stored.length < enough) await Bun.sleep(5);
      const begun = performance.now();
      await crash(trial);
      // The crash is noticed by those that write.
      const failures = written.failedMs.length;
      while (written.failedMs.length === failures && performance.now() - begun < 2_000) await Bun.sleep(2);
      await healed(trial);
      windows.push([begun, performance.now()]);
    }
    const more = written.stored.length + 200;
    while (written.stored.length < more) await Bun.sleep(5);
    ended.abort();
    await Promise.all(writers);
    const there = new Set(await counterNames(trial.db.read));
    expect(written.stored.filter((name) => !there.has(name))).toEqual([]);
    for (const [from, to] of windows) expect(to - from).toBeLessThan(5_000);
    const outside = written.failedMs.filter(
      (ms) => !windows.some(([from, to]) => ms >= from && ms <= to + 1_000),
    );
    expect(outside).toEqual([]);
    expect(written.failedMs.length).toBeGreaterThan(0); // else nothing has failed, and nothing is proven
    expect(written.longestMs).toBeLessThan(10_000);
  } finally {
    await cluster.stop();
  }
}, 120_000);
