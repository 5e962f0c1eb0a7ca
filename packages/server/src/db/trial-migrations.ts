import { sql } from "kysely";
import type { Migration } from "./migrations/index.ts";

/** Three migrations of three points each, where a test can intervene. */
export function trialMigrations(at: (point: number) => void = () => undefined): Migration[] {
  return ["one", "two", "three"].map((name, index) => ({
    name: `000${index + 1}-${name}`,
    up: async (db) => {
      at(index * 3);
      await sql`create table ${sql.table(name)} (id integer primary key)`.execute(db);
      at(index * 3 + 1);
      await sql`insert into ${sql.table(name)} values (1), (2)`.execute(db);
      at(index * 3 + 2);
    },
  }));
}
