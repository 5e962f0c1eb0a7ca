import { systemClock } from "../lib/clock.ts";
import { backUp } from "./backup.ts";
import type { Database, DatabaseOptions } from "./database-types.ts";
import { isDamage, StorageError } from "./errors.ts";
import { FileWorks } from "./file-works.ts";
import { GroupCommit, type GroupLimits } from "./group-commit.ts";
import { OwnerLock } from "./owner-lock.ts";
import type { Log } from "./session.ts";
import { SqliteConnection } from "./sqlite-connection.ts";
import { sqlOf } from "./kysely-session.ts";
import { createFile, sqlitePath } from "./sqlite-file.ts";
import { applySettings, checkSettings, checkVersion } from "./sqlite-settings.ts";
import { damaged, Soundness } from "./soundness.ts";

const defaults: GroupLimits = { maxUnits: 512, maxGroupMs: 20, maxQueued: 16_384, unitTimeoutMs: 5_000 };

/** Opens `sqlite:<path>`, creating what is missing. Throws when another server has it open. */
export async function openSqlite(url: string, options: DatabaseOptions): Promise<Database> {
  const path = createFile(sqlitePath(url));
  using opening = new DisposableStack();
  opening.adopt(new OwnerLock(path), (lock) => lock.release());
  const writer = connect(opening, path, "writer");
  const version = useChecked(path, () => {
    const found = checkVersion(writer);
    applySettings(writer, "writer");
    return found;
  });
  const reader = connect(opening, path, "reader");
  applySettings(reader, "reader");
  const works = opening.adopt(new FileWorks(), (all) => all.stop());
  const soundness = new Soundness();
  useChecked(path, () => {
    checkAfterUse(writer, reader);
    if (!options.checked) soundness.check(writer, path, works, options);
  });
  const limits = { ...defaults, ...options.limits, ...(options.commit === "single" && { maxUnits: 1 }) };
  const group = new GroupCommit(writer, limits, options.log, options.rehearse);
  const opened = opening.move();
  const release = (): void => {
    // A copy that is still being read would keep the checkpoint, and so the stop, waiting.
    if (!works.running) checkpoint(writer, options.log);
    opened.dispose();
  };
  let closed: Promise<void> | undefined;
  return {
    read: sqlOf(reader),
    write: (unit) => (soundness.damage ? Promise.reject(soundness.damage) : group.write(unit)),
    isShared: false,
    now: () => Promise.resolve(systemClock.now()),
    info: { engine: "sqlite", version },
    proveWritable: () => group.proveWritable(),
    checkpoint: () =>
      group.between(() => {
        // It would wait for who reads an older state, and hold the event loop meanwhile: for a backup, for seconds.
        if (works.running) return false;
        writer.all(truncateLog, []);
        return true;
      }),
    stats: () => ({ ...group.counts, queued: group.queued, reads: reader.executed }),
    get damage() {
      return soundness.damage;
    },
    backUp: (file, beside) => backUp(works, path, file, beside),
    close: () => (closed ??= group.close().then(release)),
  };
}

/** Says in words what SQLite means by "malformed", or by a file that is not a database. */
function useChecked<T>(path: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    const cause = error instanceof StorageError ? error.cause : undefined;
    throw isDamage(cause) ? damaged(path, String(cause), error) : error;
  }
}

function connect(opening: DisposableStack, path: string, mode: "writer" | "reader"): SqliteConnection {
  return opening.adopt(new SqliteConnection(path, mode), (connection) => connection.close());
}

// Some builds of SQLite change `synchronous` at the first use.
function checkAfterUse(writer: SqliteConnection, reader: SqliteConnection): void {
  for (const connection of [writer, reader]) connection.all("SELECT count(*) FROM sqlite_schema", []);
  for (const text of ["BEGIN IMMEDIATE", "COMMIT"]) writer.command(text);
  checkSettings(writer, "writer");
  checkSettings(reader, "reader");
}

const truncateLog = "PRAGMA wal_checkpoint(TRUNCATE)";

// Without it the next start takes longer, and nothing is lost: what was committed is in the WAL.
function checkpoint(writer: SqliteConnection, log: Log): void {
  try {
    writer.all(truncateLog, []);
  } catch (error) {
    log.warn({ error }, "could not move the WAL into the database");
  }
}
