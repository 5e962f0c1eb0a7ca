import { Database } from "bun:sqlite";

/** Every cell of every table, but for the library's own, that contains one of these texts: as `table.column`. */
export function searchStore(path: string, needles: readonly string[]): string[] {
  using file = new Database(path, { readonly: true });
  const found = new Set<string>();
  for (const table of tablesOf(file)) {
    for (const row of file.query<Record<string, unknown>, []>(`select * from "${table}"`).all()) {
      for (const [column, value] of Object.entries(row)) {
        const text = value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value);
        const folded = text.toLowerCase();
        if (needles.some((needle) => folded.includes(needle.toLowerCase()))) found.add(`${table}.${column}`);
      }
    }
  }
  return [...found].toSorted();
}

export function tablesOf(file: Database): string[] {
  const rows = file.query<{ name: string }, []>(
    "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name",
  );
  return rows.all().map(({ name }) => name);
}
