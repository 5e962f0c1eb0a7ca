import { sql } from "kysely";
import type { Database } from "../database.ts";
import { makeSchema, unfinishedCopy } from "../migrate.ts";
import { migrations } from "../migrations/index.ts";
import { listTables } from "../store-tables.ts";

/** Makes the tables of this version in an empty store, marked as what no server may use. */
export async function prepareTarget(target: Database): Promise<void> {
  await target.write(
    async (tx) => {
      if ((await listTables(tx.sql)).length > 0)
        throw new Error("the target is not empty: copy into a new file, or into a database without tables");
      await sql`create table migration (position integer primary key, name text not null)`.execute(tx.sql);
      await sql`insert into migration (position, name) values (1, ${unfinishedCopy})`.execute(tx.sql);
    },
    { schema: true },
  );
  await makeSchema(target);
}

/** From here on it is a store. */
export async function finishTarget(target: Database): Promise<void> {
  await target.write(
    async (tx) => {
      await sql`delete from migration`.execute(tx.sql);
      for (const [index, { name }] of migrations.entries())
        await sql`insert into migration (position, name) values (${index + 1}, ${name})`.execute(tx.sql);
    },
    { schema: true },
  );
}
