/**
 * How long this machine takes to bring one small commit to the disk: SQLite with a log (WAL) and synchronous=FULL, one
 * row a commit. Prints microseconds, as a JSON list. Arguments: the database file, the number of commits.
 */
import { Database } from "bun:sqlite";

const db = new Database(process.argv[2] ?? "commit-time.db", { create: true });
db.run("pragma journal_mode = wal");
db.run("pragma synchronous = full");
db.run("create table if not exists row (id integer primary key, text text not null)");
const insert = db.prepare("insert into row (text) values (?)");
const times: number[] = [];
for (let i = 0; i < Number(process.argv[3] ?? 1_000); i++) {
  const before = performance.now();
  insert.run("On my way, ten minutes. See you at eight");
  times.push((performance.now() - before) * 1_000);
}
console.log(`times ${JSON.stringify(times)}`);
