import { type Kysely, sql } from "kysely";
import type { Database, Tx } from "./database.ts";
import { type Migration, migrations } from "./migrations/index.ts";

/** Brings the store to this program's version; doing so twice changes nothing. Migrations only ever go forward. */
export async function migrate(
  db: Database,
  known: readonly Migration[] = migrations,
): Promise<{ applied: string[] }> {
  const applied: string[] = [];
  for (const [index, migration] of known.entries()) {
    if (await db.write((tx) => step(tx, known, index))) applied.push(migration.name);
  }
  return { applied };
}

// The change and the row that records it are one unit: after a crash both are there, or neither.
async function step(tx: Tx, known: readonly Migration[], index: number): Promise<boolean> {
  const done = await listApplied(tx);
  refuseNewer(done, known);
  const migration = known[index];
  if (!migration || index < done.length) return false;
  // A migration knows the tables of its own day only, never today's Schema.
  await migration.up(tx.sql as Kysely<unknown>);
  await sql`insert into migration (position, name) values (${index + 1}, ${migration.name})`.execute(tx.sql);
  return true;
}

async function listApplied(tx: Tx): Promise<string[]> {
  await sql`create table if not exists migration (position integer primary key, name text not null)`.execute(
    tx.sql,
  );
  const { rows } = await sql<{ name: string }>`select name from migration order by position`.execute(tx.sql);
  return rows.map(({ name }) => name);
}

function refuseNewer(done: readonly string[], known: readonly Migration[]): void {
  const strange = done.find((name, index) => name !== known[index]?.name);
  if (strange === undefined) return;
  throw new Error(
    `the database was migrated by another version of this program (${strange}): use that or newer`,
  );
}
