import { sql } from "kysely";
import type { Sql } from "../../../src/db/session.ts";
import { sessionOf } from "../../../src/db/kysely-session.ts";

const inSqlite = sql<{ text: string }>`
  select i.name || ' ' || i.tbl_name || ' ' || (case when l."unique" then 'unique ' else '' end)
    || (select group_concat(c.name, ',' order by c.seqno) from pragma_index_info(i.name) as c)
    || (case when l.partial then ' partial' else '' end) as text
  from sqlite_schema as i join pragma_index_list(i.tbl_name) as l on l.name = i.name
  where i.type = 'index' and i.sql is not null`;

// Those of a primary key are compared with the tables.
const inPostgres = sql<{ text: string }>`
  select c.relname || ' ' || t.relname || ' ' || (case when i.indisunique then 'unique ' else '' end)
    || (select string_agg(a.attname, ',' order by k.place) from unnest(i.indkey) with ordinality as k (attnum, place)
        join pg_attribute as a on a.attrelid = t.oid and a.attnum = k.attnum)
    || (case when i.indpred is null then '' else ' partial' end) as text
  from pg_index as i join pg_class as c on c.oid = i.indexrelid join pg_class as t on t.oid = i.indrelid
  where t.relnamespace = current_schema()::regnamespace and not i.indisprimary and not c.relispartition`;

/** A line for each index: its name, its table, whether it is unique, its columns, and whether it has a condition. */
export async function listIndexes(db: Sql): Promise<string[]> {
  const query = sessionOf(db).engine === "sqlite" ? inSqlite : inPostgres;
  return (await query.execute(db)).rows.map(({ text }) => text).toSorted();
}
