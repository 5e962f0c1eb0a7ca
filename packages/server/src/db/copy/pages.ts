import { sql } from "kysely";
import type { Row, Sql } from "../session.ts";
import type { StoreTable } from "../store-tables.ts";

/** What is read at once: many small rows, few large ones. */
const pageBytes = 2 * 1024 * 1024;
const firstRows = 50;
/** SQLite takes 32,766 parameters. */
const maxCells = 30_000;

/** All rows of a table in the order of its key, a bounded part at a time. */
export async function* pagesOf(db: Sql, table: StoreTable): AsyncGenerator<Row[]> {
  const most = Math.floor(maxCells / table.columns.length);
  let after: Row | undefined;
  for (let rows = firstRows; ; ) {
    const page = await readPage(db, table, after, rows);
    if (page.length > 0) yield page;
    if (page.length < rows) return;
    after = page.at(-1);
    rows = Math.max(1, Math.min(most, Math.floor(pageBytes / (bytesOf(page) / page.length))));
  }
}

async function readPage(db: Sql, { name, columns, key }: StoreTable, after: Row | undefined, rows: number) {
  const keys = key.map((column) => sql.ref(column));
  const from =
    after === undefined
      ? sql``
      : sql`where (${sql.join(keys)}) > (${sql.join(key.map((column) => after[column]))})`;
  const page =
    await sql<Row>`select ${sql.join(columns.map((column) => sql.ref(column.name)))} from ${sql.table(name)}
    ${from} order by ${sql.join(keys)} limit ${rows}`.execute(db);
  return page.rows;
}

function bytesOf(page: readonly Row[]): number {
  let bytes = 0;
  for (const row of page) for (const value of Object.values(row)) bytes += sizeOf(value);
  return bytes;
}

function sizeOf(value: unknown): number {
  return typeof value === "string" || value instanceof Uint8Array ? value.length : 8;
}

export async function insertPage(
  db: Sql,
  { name, columns }: StoreTable,
  page: readonly Row[],
): Promise<void> {
  const values = page.map((row) => sql`(${sql.join(columns.map((column) => row[column.name]))})`);
  await sql`insert into ${sql.table(name)} (${sql.join(columns.map((column) => sql.ref(column.name)))})
    values ${sql.join(values)}`.execute(db);
}
