import { Database as SqliteFile } from "bun:sqlite";
import { DamagedFile, isDamage } from "./errors.ts";

/** What takes as long as a database file is large. It is synchronous: a worker does it while the server serves. */
export type FileWork =
  | { readonly kind: "copy"; readonly from: string; readonly to: string }
  | { readonly kind: "check"; readonly path: string };

export function doFileWork(work: FileWork): void {
  if (work.kind === "check") return checkFile(work.path);
  copyFile(work.from, work.to);
  checkFile(work.to);
  compareMigrations(work.from, work.to);
}

/** A copy of one moment, without the space that deleted rows have left. `to` is empty or not there. */
function copyFile(from: string, to: string): void {
  using source = new SqliteFile(from, { readonly: true });
  source.run("PRAGMA busy_timeout = 5000");
  source.run("VACUUM INTO ?", [to]);
}

/** Throws `DamagedFile` where a file is not what SQLite wrote, with the first few findings. */
export function checkFile(path: string): void {
  const finding = findDamage(path);
  if (finding !== null) throw new DamagedFile(`${path} is damaged: ${finding}`);
}

function findDamage(path: string): string | null {
  try {
    using file = new SqliteFile(path, { readonly: true });
    const findings = file.query<Record<string, string>, []>("PRAGMA integrity_check(3)").all();
    const texts = findings.flatMap((row) => Object.values(row));
    return texts.join() === "ok" ? null : texts.join("; ");
  } catch (error) {
    if (error instanceof Error && isDamage(error)) return error.message;
    throw error;
  }
}

/** The names of the migrations that a file has been through, oldest first. */
export function listMigrations(path: string): string[] {
  using file = new SqliteFile(path, { readonly: true });
  const rows = file.query<{ name: string }, []>("SELECT name FROM migration ORDER BY position").all();
  return rows.map(({ name }) => name);
}

function compareMigrations(from: string, to: string): void {
  const [source, copy] = [listMigrations(from), listMigrations(to)];
  if (source.join() !== copy.join()) throw new Error(`the copy is at version ${copy.at(-1) ?? "none"}`);
}
