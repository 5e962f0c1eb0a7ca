import { expect, test } from "bun:test";
import { openDatabase } from "../src/db/database.ts";
import { migrate } from "../src/db/migrate.ts";
import { migrations } from "../src/db/migrations/index.ts";
import { listTables, type StoreTable } from "../src/db/store-tables.ts";
import { createPostgres, dropPostgres } from "./support/postgres/databases.ts";
import { listIndexes } from "./support/postgres/indexes.ts";
import { runJarvis, processEnv, temporaryDirectory } from "./support/server-process.ts";
import { createEmptyPostgres } from "./support/postgres/databases.ts";

const log = {
  error(details: object, message: string): void {
    throw new Error(message, { cause: details });
  },
  warn(details: object, message: string): void {
    throw new Error(message, { cause: details });
  },
};

/** By which words messages are found is each engine's own: FTS5 is no table, and numbers its chats. */
const ownTables = new Set(["message_word"]);
const ownIndexes = new Set(["chat_index_number", "message_word_message"]);

test("both engines have the same tables, columns, types, nullability, primary keys and indexes", async () => {
  await using directory = await temporaryDirectory();
  const database = await createPostgres();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => dropPostgres(database));
  const file = stack.adopt(await openDatabase(`sqlite:${directory.path}/one.db`, { log }), (db) =>
    db.close(),
  );
  const server = stack.adopt(await openDatabase(database.url, { log }), (db) => db.close());
  await migrate(file);
  const [inFile, inServer] = [await listTables(file.read), await listTables(server.read)];
  // `migration` is made by the same text for both, and PostgreSQL's `integer` is enough for it.
  const common = (tables: StoreTable[]) =>
    tables.filter(({ name }) => !ownTables.has(name) && name !== "migration");
  expect(common(inServer)).toEqual(common(inFile));
  expect(common(inFile).length).toBeGreaterThan(50);
  const commonIndexes = (names: string[]) =>
    names.filter((text) => !ownIndexes.has(text.split(" ")[0] ?? ""));
  expect(commonIndexes(await listIndexes(server.read))).toEqual(commonIndexes(await listIndexes(file.read)));
});

test("case 102: two processes that start together on an empty PostgreSQL store migrate once", async () => {
  await using directory = await temporaryDirectory();
  const database = await createEmptyPostgres();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => dropPostgres(database));
  const env = { ...processEnv(directory.path), JARVIS_DATABASE_URL: database.url };
  const both = await Promise.all([1, 2, 3].map(() => runJarvis(["migrate"], env)));
  expect(both.map(({ code, stderr }) => [code, stderr])).toEqual(both.map(({ stderr }) => [0, stderr]));
  // The steps may be shared out among them; none is taken twice.
  const said = both.map(({ stdout, stderr }) => stdout + stderr).join("");
  for (const { name } of migrations) expect([name, said.split(`"${name}"`).length - 1]).toEqual([name, 1]);
});
