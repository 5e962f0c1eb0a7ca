import { Database } from "bun:sqlite";
/** An index of words is made by its own table's statement, and its pages are nobody's rows. */
const plainTables =
  "select name from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite_%'";
const shadowTables = "select name from pragma_table_list where schema = 'main' and type = 'shadow'";

/** The columns of each table. */
export type Shape = ReadonlyMap<string, readonly string[]>;

export function shapeOf(path: string): Shape {
  using file = new Database(path, { readonly: true });
  const tables = file.query<{ name: string }, []>(`${plainTables} order by name`).all();
  const columnsOf = (table: string) =>
    file.query<{ name: string }, []>(`select name from pragma_table_info('${table}')`).all();
  return new Map(tables.map((table) => [table.name, columnsOf(table.name).map(({ name }) => name)]));
}

/** All rows of these columns, each as the statement that inserts it: to keep, and to compare. */
export function dumpRows(path: string, shape: Shape): string[] {
  using file = new Database(path, { readonly: true });
  return [...shape].flatMap(([table, names]) => {
    const columns = names.map((name) => `"${name}"`).join();
    const rows = file.query<Record<string, unknown>, []>(`select ${columns} from "${table}"`).all();
    const values = rows.map((row) => Object.values(row).map(literal).join());
    return values.map((row) => `INSERT INTO "${table}" (${columns}) VALUES (${row});`).toSorted();
  });
}

const moved = 'INSERT INTO "share_view"';

/**
 * What a store held before a migration, for comparison with what it holds afterwards: all rows of tables that stay, and
 * the looks of a table that later versions have in another one.
 */
export function heldBefore(path: string): {
  kept: Shape;
  rows: string[];
  looks: string[];
  columns: string[];
} {
  const shape = new Map([...shapeOf(path)].filter(([table]) => table !== "migration"));
  const all = dumpRows(path, shape);
  const columns = [...(shape.get("share_view") ?? ["event_id"])];
  const looks = all.filter((row) => row.startsWith(moved));
  return {
    kept: new Map([...shape].filter(([table]) => table !== "share_view")),
    rows: all.filter((row) => !row.startsWith(moved)),
    looks: looks.map((row) => row.replace(moved, 'INSERT INTO "location_view"')),
    columns,
  };
}

/** A store as SQL that makes it anew. */
export function dumpStore(path: string): string {
  using file = new Database(path, { readonly: true });
  const made = file.query<{ sql: string }, []>(
    "select sql from sqlite_schema where sql is not null and name not like 'sqlite_%' " +
      `and name not in (${shadowTables}) order by rowid`,
  );
  const schema = made.all().map(({ sql }) => `${sql};`);
  return `${[...schema, ...dumpRows(path, shapeOf(path))].join("\n")}\n`;
}

function literal(value: unknown): string {
  if (value === null || typeof value === "number") return String(value);
  if (value instanceof Uint8Array) return `X'${value.toHex()}'`;
  if (typeof value !== "string") throw new TypeError(`a column holds ${typeof value}`);
  return `'${value.replaceAll("'", "''")}'`;
}

/** Makes a store of a dump. */
export function loadStore(path: string, dump: string): void {
  using file = new Database(path, { create: true });
  file.run("PRAGMA journal_mode = WAL");
  file.transaction(() => file.run(dump))();
}
