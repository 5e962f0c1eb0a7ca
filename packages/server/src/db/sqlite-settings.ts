import type { SqliteConnection } from "./sqlite-connection.ts";

type Mode = "writer" | "reader";

/** Before 3.51.3 two connections on one WAL could corrupt the file. */
const oldestVersion = [3, 51, 3] as const;

// FULL: a commit is on the disk when it returns. No mmap: an I/O error there kills the process. Negative cache: KiB.
// Secure delete: where somebody was must not stay readable in freed pages.
const common = { busy_timeout: 5_000, mmap_size: 0, foreign_keys: 1, synchronous: 2 };
const settings = {
  writer: {
    journal_mode: "wal",
    ...common,
    cache_size: -65_536,
    wal_autocheckpoint: 1_000,
    fullfsync: 1,
    checkpoint_fullfsync: 1,
    journal_size_limit: 67_108_864,
    secure_delete: 1,
  },
  reader: { ...common, cache_size: -65_536, query_only: 1 },
} satisfies Record<Mode, Record<string, number | string>>;

export function checkVersion(connection: SqliteConnection): string {
  const version = String(connection.first("SELECT sqlite_version() AS version", [])?.["version"]);
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  const [a, b, c] = oldestVersion;
  const isOld = major - a || minor - b || patch - c;
  if (isOld < 0) throw new Error(`SQLite ${oldestVersion.join(".")} or newer is needed, this is ${version}`);
  return version;
}

export function applySettings(connection: SqliteConnection, mode: Mode): void {
  for (const [name, value] of Object.entries(settings[mode])) {
    connection.all(`PRAGMA ${name} = ${value}`, []);
  }
  checkSettings(connection, mode);
}

/** Asks SQLite what it really uses: a setting it does not take is otherwise ignored in silence. */
export function checkSettings(connection: SqliteConnection, mode: Mode): void {
  for (const [name, expected] of Object.entries({ ...settings[mode], journal_mode: "wal" })) {
    const [actual] = Object.values(connection.first(`PRAGMA ${name}`, []) ?? {});
    if (actual !== expected) throw new Error(`SQLite setting ${name} is ${String(actual)}, not ${expected}`);
  }
}
