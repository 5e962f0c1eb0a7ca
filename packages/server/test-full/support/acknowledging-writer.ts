// Stores numbered rows and says "ACK <n>" for each once it is told that it is durable, "REFUSED <n>" if it is not:
//   bun acknowledging-writer.ts group|normal <path> <rows>
// `normal` is the control: SQLite as it must not be used, where a commit does not wait for the disk.
import { Database as SqliteFile } from "bun:sqlite";
import { writeSync } from "node:fs";
import { sql } from "kysely";
import { openDatabase, StorageError } from "../../src/db/database.ts";

const [engine, path = "", rows = "0"] = process.argv.slice(2);
const count = Number(rows);
const createRows = "create table row (seq integer primary key, text blob not null)";
const say = (line: string): void => void writeSync(1, `${line}\n`);
const ignore = (): void => undefined;
const text = (seq: number): Uint8Array => new Uint8Array(7_000).fill(seq % 256);

await (engine === "group" ? writeInGroups() : writeCarelessly());

async function writeInGroups(): Promise<void> {
  const db = await openDatabase(`sqlite:${path}`, { log: { error: ignore, warn: ignore } });
  await db.write((tx) => sql.raw(createRows).execute(tx.sql));
  const before = db.stats().commits;
  const insert = async (seq: number): Promise<void> => {
    const stored = db.write((tx) => sql`insert into row values (${seq}, ${text(seq)})`.execute(tx.sql));
    const refuse = (error: unknown): string => (error instanceof StorageError ? "REFUSED" : String(error));
    say(`${await stored.then(() => "ACK", refuse)} ${seq}`);
  };
  // One alone, then two at once, and so on to eight: groups of every size.
  const all = Array.from({ length: count }, (_, index) => index + 1);
  for (let size = 1; all.length > 0; size = (size % 8) + 1)
    await Promise.all(all.splice(0, size).map(insert));
  say(`COMMITS ${db.stats().commits - before}`);
  await db.close();
}

async function writeCarelessly(): Promise<void> {
  const db = new SqliteFile(path, { create: true });
  for (const setting of ["journal_mode = WAL", "synchronous = NORMAL"]) db.run(`PRAGMA ${setting}`);
  db.run(createRows);
  for (let seq = 1; seq <= count; seq++) {
    db.run("insert into row values (?, ?)", [seq, text(seq)]);
    say(`ACK ${seq}`);
  }
  db.close();
}
