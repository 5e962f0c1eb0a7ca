import { sql } from "kysely";
import { sessionOf } from "./kysely-session.ts";
import type { Engine, Sql } from "./session.ts";

export interface StoreColumn {
  readonly name: string;
  /** In SQLite's words. */
  readonly type: string;
  readonly nullable: boolean;
}

export interface StoreTable {
  readonly name: string;
  /** By name. */
  readonly columns: readonly StoreColumn[];
  /** The columns of the primary key, in its order. */
  readonly key: readonly string[];
}

interface Row {
  readonly table: string;
  readonly column: string;
  readonly type: string;
  readonly nullable: number;
  /** Its place in the primary key, from 1 on; 0: not in it. */
  readonly key: number;
}

// The index of FTS5 is no table but its own business.
const inSqlite = sql<Row>`
  select t.name as "table", c.name as "column", lower(c.type) as type, c."notnull" = 0 and c.pk = 0 as nullable, c.pk as "key"
  from pragma_table_list as t join pragma_table_info(t.name) as c
  where t.schema = 'main' and t.type = 'table' and substr(t.name, 1, 7) != 'sqlite_'`;

// `conkey` has the numbers of the columns.
const inPostgres = sql<Row>`
  select t.relname as "table", a.attname as "column", format_type(a.atttypid, null) as type,
    case when a.attnotnull then 0 else 1 end as nullable,
    coalesce(array_position(k.conkey, a.attnum), 0) as "key"
  from pg_class as t
  join pg_attribute as a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  left join pg_constraint as k on k.conrelid = t.oid and k.contype = 'p'
  where t.relnamespace = current_schema()::regnamespace and t.relkind in ('r', 'p') and not t.relispartition`;

const queries: Readonly<Record<Engine, typeof inSqlite>> = { sqlite: inSqlite, postgres: inPostgres };

const sqliteTypes: Readonly<Record<string, string>> = {
  bigint: "integer",
  "double precision": "real",
  bytea: "blob",
};

/** The tables that there are, by name. */
export async function listTables(db: Sql): Promise<StoreTable[]> {
  const { rows } = await queries[sessionOf(db).engine].execute(db);
  const tables = Map.groupBy(rows, (row) => row.table);
  return [...tables]
    .map(([name, columns]) => tableOf(name, columns))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function tableOf(name: string, rows: readonly Row[]): StoreTable {
  const columns = rows.map(({ column, type, nullable }) => ({
    name: column,
    type: sqliteTypes[type] ?? type,
    nullable: nullable === 1,
  }));
  const key = rows.filter((row) => row.key > 0).toSorted((a, b) => a.key - b.key);
  return {
    name,
    columns: columns.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    key: key.map(({ column }) => column),
  };
}
