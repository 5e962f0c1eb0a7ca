import { type RawBuilder, sql } from "kysely";
import type { Engine, Sql } from "./session.ts";
import { sessionOf } from "./kysely-session.ts";

/** What the engines have different words for. Nothing outside of `db/` asks which one it is. */
interface Dialect {
  /** A JSON list of one object for each row, in this order; null where there is no row. */
  jsonList(fields: Readonly<Record<string, string>>, orderBy: string): RawBuilder<string | null>;
}

function pairs(fields: Readonly<Record<string, string>>): RawBuilder<unknown> {
  return sql.join(Object.entries(fields).flatMap(([name, column]) => [sql.lit(name), sql.ref(column)]));
}

const dialects: Readonly<Record<Engine, Dialect>> = {
  sqlite: {
    jsonList: (fields, orderBy) =>
      sql`nullif(json_group_array(json_object(${pairs(fields)}) order by ${sql.ref(orderBy)}), '[]')`,
  },
  postgres: {
    jsonList: (fields, orderBy) =>
      sql`json_agg(json_build_object(${pairs(fields)}) order by ${sql.ref(orderBy)})::text`,
  },
};

export function dialectOf(db: Sql): Dialect {
  return dialects[sessionOf(db).engine];
}
