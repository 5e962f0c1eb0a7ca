import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { StreamId } from "@jarvis/contract";
import { sql } from "kysely";
import { type Database, StorageError, type Tx } from "./database.ts";
import { isConstraintViolation } from "./errors.ts";
import { createPostgresTrial, type PostgresTrial } from "./postgres-trial.ts";
import { updateHeads } from "./stream-heads.ts";
import { counterNames, insertCounter, rejection } from "./temporary-database.ts";

// The database does not look at ids.
const stream = "event:a" as StreamId;
const together = { together: stream };

let trial: PostgresTrial;
/** Numbers in the order in which they were reported. */
let reported: number[];
beforeEach(async () => {
  trial = await createPostgresTrial();
  reported = [];
  await trial.db.write(async (tx) => {
    await sql`insert into stream values (${stream}, 0, 0, 0)`.execute(tx.sql);
    await sql`create table line (seq bigint primary key, name text not null unique)`.execute(tx.sql);
    await sql`create table member (name text primary key)`.execute(tx.sql);
    await sql`insert into member values ('ada'), ('bob')`.execute(tx.sql);
  });
});
afterEach(() => trial[Symbol.asyncDispose]());

/** As a message is sent: who sends has to be a member, the log gives the number, and something is written with it. */
async function say(tx: Tx, name: string, questions = 0): Promise<number> {
  const author = await sql`select name from member where name = ${name.split("-")[0]}`.execute(tx.sql);
  if (author.rows.length === 0) throw new Error("no member");
  for (let i = 0; i < questions; i++) await sql`select 1`.execute(tx.sql);
  const { last_seq: seq } = await updateHeads(tx.sql, stream, "message");
  await sql`insert into line values (${seq}, ${name})`.execute(tx.sql);
  tx.onCommit(() => void reported.push(seq));
  return seq;
}

function send(name: string, questions = 0, db: Database = trial.db): Promise<number> {
  return db.write((tx) => say(tx, name, questions), together);
}

async function lines(): Promise<{ seq: number; name: string }[]> {
  return (
    await sql<{ seq: number; name: string }>`select seq, name from line order by seq`.execute(trial.db.read)
  ).rows;
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

describe("units of one stream", () => {
  test("share a commit, and are numbered and reported in the order in which they came, whatever each asks before", async () => {
    const before = trial.db.stats().commits;
    const seqs = await Promise.all(upTo(60).map((i) => send(`ada-${i}`, (i * 7) % 5)));
    expect(seqs).toEqual(upTo(60));
    expect(reported).toEqual(upTo(60));
    expect(trial.db.stats().commits - before).toBeLessThan(5);
  });

  test("lose only the one that fails: by its own words, by a key that is taken, or by something it waits for", async () => {
    const quick = await trial.open({ unitTimeoutMs: 300 });
    await send("ada-there");
    const refused = quick.write(async (tx) => {
      await say(tx, "ada-refused");
      throw new Error("changed its mind");
    }, together);
    const stuck = quick.write(async (tx) => {
      await say(tx, "ada-stuck");
      await new Promise(() => undefined);
    }, together);
    const units = [
      send("ada-1", 0, quick),
      refused,
      send("eve-1", 0, quick),
      send("ada-there", 0, quick),
      send("ada-2", 1, quick),
      stuck,
      send("ada-3", 0, quick),
    ];
    const ended = await Promise.allSettled(units);
    expect(ended.map(({ status }) => status === "fulfilled")).toEqual([
      true,
      false,
      false,
      false,
      true,
      false,
      true,
    ]);
    expect(isConstraintViolation(await rejection(units[3] ?? Promise.resolve()))).toBe(true);
    expect((await lines()).map(({ name }) => name)).toEqual(["ada-there", "ada-1", "ada-2", "ada-3"]);
    expect(reported).toEqual([1, 2, 3, 4]);
  });

  test("that fail before they wrote take nobody's commit away", async () => {
    const before = trial.db.stats().commits;
    const ended = await Promise.allSettled(upTo(20).map((i) => send(i % 4 === 0 ? `eve-${i}` : `ada-${i}`)));
    expect(ended.filter(({ status }) => status === "rejected")).toHaveLength(5);
    expect(trial.db.stats().commits - before).toBeLessThan(4);
    expect((await lines()).map(({ seq }) => seq)).toEqual(upTo(15));
  });

  test("are one where they store the same", async () => {
    const once = (name: string): Promise<string> =>
      trial.db.write(async (tx) => {
        const there = await sql`select 1 from line where name = ${name}`.execute(tx.sql);
        if (there.rows.length > 0) return "again";
        await say(tx, name);
        return "first";
      }, together);
    const answers = await Promise.all(upTo(30).map((i) => once(`ada-${i % 3}`)));
    expect(answers.filter((answer) => answer === "first")).toHaveLength(3);
    expect((await lines()).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  test("keep their place beside one that has a transaction of its own", async () => {
    const own = trial.db.write((tx) => say(tx, "ada-own", 3), { ...together, alone: true });
    const after = Promise.all(upTo(5).map((i) => send(`ada-${i}`)));
    expect([await own, ...(await after)]).toEqual(upTo(6));
    expect(reported).toEqual(upTo(6));
  });

  test("are told all when the database is gone, and none is stored twice", async () => {
    await send("ada-before");
    await trial.proxy.refuse();
    const ended = await Promise.allSettled(upTo(40).map((i) => send(`ada-${i}`)));
    for (const one of ended) expect(one.status === "rejected" && one.reason).toBeInstanceOf(StorageError);
    await trial.proxy.accept();
    expect(await Promise.all(upTo(40).map((i) => send(`ada-${i}`)))).toEqual(upTo(41).slice(1));
  });

  test("go on over a connection that was cut in the midst of them", async () => {
    let cuts = 0;
    const units = upTo(20).map((i) =>
      trial.db.write(async (tx) => {
        if (i === 10 && cuts++ === 0) {
          await sql`select 1`.execute(tx.sql);
          trial.proxy.cut();
        }
        return say(tx, `ada-${i}`);
      }, together),
    );
    expect(await Promise.all(units)).toEqual(upTo(20));
    expect(reported).toEqual(upTo(20));
  });
});

test("who was removed in the midst of a burst is in no later line, on two servers, and the removal is not kept waiting", async () => {
  const servers = [trial.db, await trial.open()];
  for (let round = 0; round < 20; round++) {
    const [after, begun, done] = [
      new AbortController(),
      Promise.withResolvers<void>(),
      Promise.withResolvers<number>(),
    ];
    let heard = 0;
    const talk = servers.flatMap((db, server) =>
      upTo(6).map(async (i) => {
        for (let n = 0; !after.signal.aborted || n < 20; n++) {
          const name = `${i % 2 ? "ada" : "bob"}-${round}-${server}-${i}-${n}`;
          await send(name, 0, db).catch((error: unknown) => {
            if (!/no member/.test(String(error))) throw error;
          });
          if (name.startsWith("bob") && ++heard === 10) begun.resolve();
        }
      }),
    );
    await begun.promise;
    const removal = trial.db.write(async (tx) => {
      await sql`delete from member where name = 'bob'`.execute(tx.sql);
      const { last_seq: seq } = await updateHeads(tx.sql, stream, "entry");
      await insertCounter(tx.sql, `removed-${round}`, seq);
      tx.onCommit(() => done.resolve(seq));
    });
    const at = await Promise.all([removal, done.promise]).then(([, seq]) => seq);
    after.abort();
    await Promise.all(talk);
    const later = (await lines()).filter(({ seq, name }) => seq > at && name.startsWith("bob"));
    expect(later).toEqual([]);
    await trial.db.write((tx) => sql`insert into member values ('bob')`.execute(tx.sql));
  }
  const seqs = (await lines()).map(({ seq }) => seq);
  const { rows } = await sql<{ value: number }>`select value from counter`.execute(trial.db.read);
  const all = [...seqs, ...rows.map(({ value }) => value)].toSorted((a, b) => a - b);
  expect(all).toEqual(upTo(all.length));
  expect(await counterNames(trial.db.read)).toHaveLength(20);
}, 60_000);
