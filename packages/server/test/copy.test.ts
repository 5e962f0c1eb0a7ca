import { expect, test } from "bun:test";
import { copyStore } from "../src/db/copy/copy.ts";
import { openDatabase } from "../src/db/database.ts";
import { rejection } from "../src/db/temporary-database.ts";
import { dumpRows, shapeOf } from "./support/dump-store.ts";
import { createEmptyPostgres, createPostgres, dropPostgres } from "./support/postgres/databases.ts";
import { loadReleased, releasedVersions } from "./support/released-stores.ts";
import { runJarvis, temporaryDirectory } from "./support/server-process.ts";

const keep = { error: complain, warn: complain };

function complain(details: object, message: string): void {
  throw new Error(message, { cause: details });
}

const newest = releasedVersions.at(-1) ?? "";

/** All rows but those that are each store's own. */
function rowsOf(path: string): string[] {
  const notCopied = new Set(["migration", "chat_index", "lease"]);
  const shape = [...shapeOf(path)].filter(([table]) => !notCopied.has(table));
  return dumpRows(path, new Map(shape)).filter((row) => !row.includes(`'epoch'`));
}

/** Adds so many messages that pages end within them. */
async function addMessages(path: string, count: number): Promise<void> {
  const db = await openDatabase(`sqlite:${path}`, { log: keep });
  await db.write(async (tx) => {
    const message = await tx.sql.selectFrom("message").selectAll().executeTakeFirstOrThrow();
    for (let seq = 1; seq <= count; seq++)
      await tx.sql
        .insertInto("message")
        .values({
          ...message,
          seq: 1_000 + seq,
          client_id: `copy-${seq}`,
          text: `é\u{1F600} ${seq} `.repeat(seq % 40),
        })
        .execute();
  });
  await db.close();
}

async function withStores(
  trial: (stores: { path: string; back: string; postgres: string }) => Promise<void>,
): Promise<void> {
  await using directory = await temporaryDirectory();
  const database = await createEmptyPostgres();
  try {
    const path = `${directory.path}/from.db`;
    loadReleased(newest, path);
    await addMessages(path, 1_234);
    await trial({ path, back: `${directory.path}/back.db`, postgres: database.url });
  } finally {
    await dropPostgres(database);
  }
}

test("a store with everything in it goes to PostgreSQL and back without a difference", async () => {
  await withStores(async ({ path, back, postgres }) => {
    const there = await copyStore(`sqlite:${path}`, postgres, { log: keep });
    expect(there.find(({ name }) => name === "message")?.rows).toBeGreaterThan(1_234);
    const returned = await copyStore(postgres, `sqlite:${back}`, { log: keep });
    expect(returned).toEqual(there);
    expect(rowsOf(back)).toEqual(rowsOf(path));
  });
});

test("a copy has an epoch of its own, and a target that holds anything is left as it is", async () => {
  await withStores(async ({ path, postgres }) => {
    await copyStore(`sqlite:${path}`, postgres, { log: keep });
    const db = await openDatabase(postgres, { log: keep });
    expect(await db.read.selectFrom("meta").select("key").where("key", "=", "epoch").execute()).toEqual([]);
    await db.close();
    expect(String(await rejection(copyStore(`sqlite:${path}`, postgres, { log: keep })))).toContain(
      "not empty",
    );
    const full = await createPostgres();
    expect(String(await rejection(copyStore(`sqlite:${path}`, full.url, { log: keep })))).toContain(
      "not empty",
    );
    await dropPostgres(full);
  });
});

test("a copy that is cut off is no store for anybody, and one is not begun while a server has the source", async () => {
  await withStores(async ({ path, postgres }) => {
    const cut = copyStore(`sqlite:${path}`, postgres, {
      log: keep,
      progress(table) {
        if (table === "message") throw new Error("cut off");
      },
    });
    expect(String(await rejection(cut))).toContain("cut off");
    const env = {
      PATH: process.env["PATH"] ?? "",
      JARVIS_DATABASE_URL: postgres,
      JARVIS_PHOTOS: `${path}.photos`,
    };
    const started = await runJarvis(["migrate"], env);
    expect([started.code, started.stderr]).toEqual([1, expect.stringContaining("a copy that was cut off")]);
    const owner = await openDatabase(`sqlite:${path}`, { log: keep });
    const other = await createEmptyPostgres();
    expect(String(await rejection(copyStore(`sqlite:${path}`, other.url, { log: keep })))).toContain(
      "another server uses",
    );
    await owner.close();
    await dropPostgres(other);
  });
});

test("the command prints what each table holds", async () => {
  await withStores(async ({ path, postgres }) => {
    const env = { PATH: process.env["PATH"] ?? "" };
    const { code, stdout, stderr } = await runJarvis(["copy", `sqlite:${path}`, postgres], env);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^message +\d{4} rows {2}[0-9a-f]{32}$/m);
    expect(stdout).toContain("Both stores hold the same");
  });
});
