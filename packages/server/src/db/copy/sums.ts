import type { Row, Sql } from "../session.ts";
import type { StoreTable } from "../store-tables.ts";
import { pagesOf } from "./pages.ts";

/** What a table holds: two that hold the same rows, in whatever order, have the same. */
export interface TableSum {
  readonly rows: number;
  /** The sum of the hashes of all rows, in hexadecimal. */
  readonly sum: string;
}

const size = 2n ** 128n;

/** Of those rows that `counts`. */
export async function sumOf(db: Sql, table: StoreTable, counts: (row: Row) => boolean): Promise<TableSum> {
  let rows = 0;
  let sum = 0n;
  for await (const page of pagesOf(db, table)) {
    for (const row of page.filter(counts)) {
      rows++;
      sum = (sum + hashOf(table, row)) % size;
    }
  }
  return { rows, sum: sum.toString(16).padStart(32, "0") };
}

function hashOf({ columns }: StoreTable, row: Row): bigint {
  const text = JSON.stringify(columns.map(({ name }) => plain(row[name])));
  return BigInt(`0x${new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 32)}`);
}

/** Bytes as a list of one text, so that they are no text. */
function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? [value.toHex()] : value;
}
