import { expect, test } from "bun:test";
import { StorageError } from "./errors.ts";
import { GroupCommit } from "./group-commit.ts";
import { SqliteConnection } from "./sqlite-connection.ts";
import { createTrial, rejection } from "./temporary-database.ts";

/** A disk that can be full. */
class FailingConnection extends SqliteConnection {
  isFull = false;
  commits = 0;

  override command(text: string): void {
    if (text === "COMMIT") this.commits += 1;
    if (text === "COMMIT" && this.isFull) throw new StorageError("the database failed: SQLITE_FULL");
    super.command(text);
  }
}

test("after a failed commit writability is proven by writing, once for all who ask; before it, it costs nothing", async () => {
  await using trial = await createTrial();
  const connection = new FailingConnection(trial.path, "writer");
  const log = { error: () => {}, warn: () => {} };
  const group = new GroupCommit(
    connection,
    { maxUnits: 8, maxGroupMs: 1_000, maxQueued: 8, unitTimeoutMs: 1_000 },
    log,
  );
  await group.proveWritable();
  expect(connection.commits).toBe(0);
  connection.isFull = true;
  expect(await rejection(group.write(async () => 1))).toBeInstanceOf(StorageError);
  const asked = await Promise.allSettled([1, 2, 3].map(() => group.proveWritable()));
  expect(asked.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(connection.commits).toBe(4); // the write and one proof, each followed by what takes the place of what was refused
  connection.isFull = false;
  await group.proveWritable();
  expect(connection.commits).toBe(5);
  await group.proveWritable();
  expect(connection.commits).toBe(5);
  await group.close();
  connection.close();
});

test("a read after the close is a fault of the store, not a mistake of the query", async () => {
  await using trial = await createTrial();
  const { db } = trial;
  await db.close();
  const read = db.read.selectFrom("meta").selectAll().execute();
  expect(await rejection(read)).toBeInstanceOf(StorageError);
});
