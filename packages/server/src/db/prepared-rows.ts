import { type CompiledQuery, type RawBuilder, sql } from "kysely";
import { Prepared, prepared } from "./prepared.ts";
import type { Sql } from "./session.ts";

/** Types that every engine knows; a value's place in a list of rows says nothing of its type by itself. */
type ColumnType = "text" | "bigint" | "double precision";
type Columns<R> = { readonly [K in keyof R]-?: ColumnType };
type Cells = Record<string, unknown>;

interface Built {
  compile(db: Sql): CompiledQuery<unknown>;
}

/** Most of many rows go by the first; the rest costs no more texts than these. */
const sizes = [64, 8, 1];

/** A statement over many rows at once, where one for each would cost more than what it does. */
export class PreparedRows<R extends object> {
  readonly #names: readonly (keyof R & string)[];
  readonly #bySize: readonly { readonly size: number; readonly query: Prepared<Cells, unknown> }[];

  constructor(columns: Columns<R>, build: (db: Sql, rows: RawBuilder<R>) => Built) {
    // Of an object's own type its names are known: it is a literal.
    this.#names = Object.keys(columns) as (keyof R & string)[];
    this.#bySize = sizes.map((size) => ({
      size,
      query: prepared((db, p: Cells) => build(db, this.#values(columns, p, size))),
    }));
  }

  async run(db: Sql, rows: readonly R[]): Promise<{ changes: number }> {
    let changes = 0;
    let from = 0;
    for (const { size, query } of this.#bySize)
      for (; rows.length - from >= size; from += size)
        changes += (await query.run(db, this.#cells(rows, from, size))).changes;
    return { changes };
  }

  #values(columns: Columns<R>, p: Cells, size: number): RawBuilder<R> {
    const rows = Array.from({ length: size }, (_, row) =>
      sql.join(this.#names.map((name) => sql`cast(${p[cell(name, row)]} as ${sql.raw(columns[name])})`)),
    );
    return sql<R>`(values ${sql.join(rows.map((row) => sql`(${row})`))})`;
  }

  #cells(rows: readonly R[], from: number, size: number): Cells {
    const cells: Cells = {};
    for (let row = 0; row < size; row++)
      for (const name of this.#names) cells[cell(name, row)] = rows[from + row]?.[name];
    return cells;
  }
}

function cell(name: string, row: number): string {
  return `${name}${row}`;
}

/**
 * Builds a statement over rows that are handed over as values. In it they are a table with these columns, which `with`
 * names:
 *
 *     const upsert = preparedRows<Look>({ sharer: "text", at: "bigint" }, (db, rows) =>
 *       db.with("l(sharer, at)", () => rows).insertInto("look")…);
 */
export function preparedRows<R extends object>(
  columns: Columns<R>,
  build: (db: Sql, rows: RawBuilder<R>) => Built,
): PreparedRows<R> {
  return new PreparedRows(columns, build);
}
