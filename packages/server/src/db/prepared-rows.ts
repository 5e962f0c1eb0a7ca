import { type CompiledQuery, type RawBuilder, sql } from "kysely";
import { Prepared, prepared } from "./prepared.ts";
import type { Sql } from "./session.ts";

/** Types that every engine knows; a value's place in a list of rows says nothing of its type by itself. */
type ColumnType = "text" | "bigint" | "double precision";
type Columns<R> = { readonly [K in keyof R]-?: ColumnType };
type Cells = Record<string, unknown>;

interface Built {
  compile(db: Sql): CompiledQuery;
}

/** Most of many rows go by the first; the rest costs no more texts than these. */
const sizes = [64, 8, 1];

/** A statement over many rows at once, where one for each would cost more than what it does. */
export class PreparedRows<R extends object> {
  readonly #names: readonly (keyof R & string)[];
  /** What the values are called in the statements: row by row, as many as the largest has. */
  readonly #cells: readonly string[];
  readonly #bySize: readonly { readonly size: number; readonly query: Prepared<Cells, unknown> }[];

  constructor(columns: Columns<R>, build: (db: Sql, rows: RawBuilder<R>) => Built) {
    // Of an object's own type its names are known: it is a literal.
    this.#names = Object.keys(columns) as (keyof R & string)[];
    this.#cells = Array.from({ length: Math.max(...sizes) }, (_, row) =>
      this.#names.map((name) => `${name}${row}`),
    ).flat();
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
        changes += (await query.run(db, this.#bind(rows, from, size))).changes;
    return { changes };
  }

  #values(columns: Columns<R>, p: Cells, size: number): RawBuilder<R> {
    const width = this.#names.length;
    const rows = Array.from({ length: size }, (_, row) =>
      sql.join(
        this.#names.map((name, column) => {
          const cell = this.#cells[row * width + column] ?? "";
          return sql`cast(${p[cell]} as ${sql.raw(columns[name])})`;
        }),
      ),
    );
    return sql<R>`(values ${sql.join(rows.map((row) => sql`(${row})`))})`;
  }

  #bind(rows: readonly R[], from: number, size: number): Cells {
    const bound: Cells = {};
    let next = 0;
    for (let row = from; row < from + size; row++)
      for (const name of this.#names) bound[this.#cells[next++] ?? ""] = rows[row]?.[name];
    return bound;
  }
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
