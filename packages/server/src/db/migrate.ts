import { type Kysely, sql } from "kysely";
import type { Database, Engine, Tx } from "./database.ts";
import { type Migration, migrations } from "./migrations/index.ts";

/** What `jarvis copy` writes in the place of the first migration until the copy is whole. */
export const unfinishedCopy = "unfinished copy";

/** Brings the store to this program's version; doing so twice changes nothing. Migrations only ever go forward. */
export async function migrate(
  db: Database,
  known: readonly Migration[] = migrations,
): Promise<{ applied: string[] }> {
  const applied: string[] = [];
  for (let more: string[] | null = []; more !== null; ) {
    more = await db.write((tx) => step(tx, db.info.engine, known), { schema: true });
    applied.push(...(more ?? []));
  }
  return { applied };
}

/** Makes all tables of this version, recording nothing. */
export async function makeSchema(db: Database, known: readonly Migration[] = migrations): Promise<void> {
  for (let done = 0; ; ) {
    const next = nextStep(db.info.engine, known, done);
    if (next === null) return;
    await db.write((tx) => next.up(tx.sql as Kysely<unknown>), { schema: true });
    done += next.names.length;
  }
}

// The change and the rows that record it are one unit: after a crash all are there, or none.
async function step(tx: Tx, engine: Engine, known: readonly Migration[]): Promise<string[] | null> {
  const done = await listApplied(tx, engine);
  refuseNewer(done, known);
  const next = nextStep(engine, known, done.length);
  if (next === null) return null;
  // A migration knows the tables of its own day only, never today's Schema.
  await next.up(tx.sql as Kysely<unknown>);
  for (const [index, name] of next.names.entries()) {
    const position = done.length + index + 1;
    await sql`insert into migration (position, name) values (${position}, ${name})`.execute(tx.sql);
  }
  return next.names;
}

interface Step {
  /** Of the migrations that it makes up for. */
  readonly names: string[];
  readonly up: Migration["up"];
}

/** The next migration; an empty PostgreSQL store begins with what those released before it came to, in one step. */
function nextStep(engine: Engine, known: readonly Migration[], done: number): Step | null {
  const next = known[done];
  if (next === undefined) return null;
  if (engine === "sqlite") return { names: [next.name], up: next.up };
  const last = known.findLastIndex(({ baseline }) => baseline !== undefined);
  const baseline = known[last]?.baseline;
  if (done > last || baseline === undefined) return { names: [next.name], up: next.postgres ?? next.up };
  return { names: known.slice(done, last + 1).map(({ name }) => name), up: baseline };
}

async function listApplied(tx: Tx, engine: Engine): Promise<string[]> {
  await sql`create table if not exists migration (position integer primary key, name text not null)`.execute(
    tx.sql,
  );
  // Of servers that start at the same time, one does it and the others wait.
  if (engine === "postgres") await sql`lock table migration in share row exclusive mode`.execute(tx.sql);
  const { rows } = await sql<{ name: string }>`select name from migration order by position`.execute(tx.sql);
  return rows.map(({ name }) => name);
}

function refuseNewer(done: readonly string[], known: readonly Migration[]): void {
  const strange = done.find((name, index) => name !== known[index]?.name);
  if (strange === undefined) return;
  if (strange === unfinishedCopy)
    throw new Error("the database is a copy that was cut off: make it empty, and copy again");
  throw new Error(
    `the database was migrated by another version of this program (${strange}): use that or newer`,
  );
}
