import { type Database, openDatabase } from "../database.ts";
import { migrate } from "../migrate.ts";
import type { Log, Row } from "../session.ts";
import { listTables, type StoreTable } from "../store-tables.ts";
import { insertPage, pagesOf } from "./pages.ts";
import { sumOf, type TableSum } from "./sums.ts";
import { finishTarget, prepareTarget } from "./target.ts";

export interface CopiedTable extends TableSum {
  readonly name: string;
}

export interface CopyOptions {
  readonly log: Log;
  /** Told of every page that is on the other side. */
  progress?(table: string, rows: number): void;
}

/**
 * By which words messages are found is made anew when somebody searches, in the engine's own way; leases are of servers
 * that run.
 */
const derived = new Set(["migration", "chat_index", "message_word", "lease"]);

/**
 * Copies everything that a store holds into an empty one, of whichever engine. The copy gets an epoch of its own when it is
 * first served, so that clients fetch afresh: what either store is told afterwards never passes for the other's history.
 * Until the copy is whole and compared, no server takes it for a store.
 */
export async function copyStore(from: string, to: string, options: CopyOptions): Promise<CopiedTable[]> {
  if (from === to) throw new Error("a store cannot be copied into itself");
  const { log } = options;
  await using stack = new AsyncDisposableStack();
  const source = stack.adopt(await openDatabase(from, { log }), (db) => db.close());
  const target = stack.adopt(await openDatabase(to, { log }), (db) => db.close());
  await prepareTarget(target);
  await migrate(source);
  const tables = await commonTables(source, target);
  for (const table of tables) await copyTable(source, target, table, options);
  const copied: CopiedTable[] = [];
  for (const table of tables) copied.push(await compare(source, target, table));
  await finishTarget(target);
  return copied;
}

async function commonTables(source: Database, target: Database): Promise<StoreTable[]> {
  const [from, to] = await Promise.all([source, target].map(({ read }) => listTables(read)));
  const wanted = (from ?? []).filter(({ name }) => !derived.has(name));
  for (const table of wanted) {
    const other = to?.find(({ name }) => name === table.name);
    if (!Bun.deepEquals(other, table)) throw new Error(`the two stores differ in the table ${table.name}`);
  }
  return wanted;
}

/** The target makes its own. */
function isCopied(table: string, row: Row): boolean {
  return table !== "meta" || row["key"] !== "epoch";
}

async function copyTable(source: Database, target: Database, table: StoreTable, options: CopyOptions) {
  let rows = 0;
  for await (const page of pagesOf(source.read, table)) {
    const wanted = page.filter((row) => isCopied(table.name, row));
    if (wanted.length === 0) continue;
    await target.write((tx) => insertPage(tx.sql, table, wanted));
    options.progress?.(table.name, (rows += wanted.length));
  }
}

/** Both are read again: what changed in the source meanwhile is noticed, too. */
async function compare(source: Database, target: Database, table: StoreTable): Promise<CopiedTable> {
  const counts = (row: Row) => isCopied(table.name, row);
  const [from, to] = await Promise.all([source, target].map(({ read }) => sumOf(read, table, counts)));
  if (from === undefined || !Bun.deepEquals(from, to))
    throw new Error(
      `the copy of ${table.name} differs: ${from?.rows} rows there, ${to?.rows} here. Stop every server of the source, ` +
        "make the target empty again, and begin anew",
    );
  return { name: table.name, ...from };
}
