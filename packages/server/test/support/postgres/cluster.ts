import { chownSync, closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQL } from "bun";
import { postgresBinaries } from "./binaries.ts";

/** A PostgreSQL server of the tests' own, on loopback. */
export interface Cluster {
  /** Of a database in it. */
  url(database: string): string;
  readonly admin: SQL;
  /** Stops the server and deletes what it has. */
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** Settings of the server, beside those that make it quick. */
  readonly settings?: Record<string, string>;
  /** Where syncing costs what it costs. */
  readonly onDisk?: boolean;
}

/** Nothing here outlives the tests. */
const quick = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  checkpoint_timeout: "1h",
  max_wal_size: "4GB",
  shared_buffers: "128MB",
  max_connections: "400",
  // It would hold the template while a database is made of it.
  autovacuum: "off",
  log_min_messages: "panic",
};

/**
 * This process holds a pipe open, and when it ends, however it does, the server is stopped and its folder deleted. In the
 * background, so that a Bun that leaves no orphans does not kill the one who tidies up.
 */
const supervise = `trap "" INT TERM HUP
( "$@" 2>"$FOLDER/log" & server=$!
cat "$FOLDER/held" >/dev/null
kill -QUIT $server; wait $server; rm -rf "$FOLDER" "$DATA" ) &`;

export async function startCluster({ settings = {}, onDisk = false }: ClusterOptions = {}): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), "jarvis-postgres-"));
  const data = mkdtempSync(join((onDisk ? null : inMemory()) ?? tmpdir(), "jarvis-postgres-"));
  const bin = postgresBinaries(folder);
  const password = crypto.randomUUID();
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const as = unprivileged(folder, data, passwordFile);
  initialise([...as, join(bin, "initdb")], data, passwordFile);
  const port = await freePort();
  const wanted = { ...quick, port: `${port}`, listen_addresses: "127.0.0.1", unix_socket_directories: "" };
  const given = Object.entries({ ...wanted, ...settings }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]);
  const server = [join(bin, "postgres"), "-D", data, ...given];
  const held = hold(join(folder, "held"));
  Bun.spawnSync(["sh", "-c", supervise, "sh", ...as, ...server], {
    env: { PATH: process.env["PATH"] ?? "", FOLDER: folder, DATA: data },
    stdio: ["ignore", "ignore", "ignore"],
  });
  const url = (database: string) => `postgres://jarvis:${password}@127.0.0.1:${port}/${database}`;
  const admin = new SQL(url("postgres"), { max: 2 });
  await reached(admin, folder);
  return {
    url,
    admin,
    async stop() {
      await admin.close({ timeout: 0 });
      closeSync(held);
      while (existsSync(folder) || existsSync(data)) await Bun.sleep(5);
    },
  };
}

/** A new database is some hundred files: of a disk, half a second. */
function inMemory(): string | undefined {
  const folder = "/dev/shm";
  return process.platform === "linux" && existsSync(folder) ? folder : undefined;
}

function hold(path: string): number {
  Bun.spawnSync(["mkfifo", path]);
  return openSync(path, "r+");
}

/** PostgreSQL refuses to be run by root. */
function unprivileged(...paths: string[]): string[] {
  if (process.getuid?.() !== 0) return [];
  const nobody = 65_534;
  for (const path of paths) chownSync(path, nobody, nobody);
  return ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"];
}

/** The database's own collation is one that differs from SQLite's, so that a text that forgets to say its own is noticed. */
function initialise(initdb: string[], data: string, passwordFile: string): void {
  const options = ["-D", data, "-U", "jarvis", "--no-sync", "--encoding=UTF8", "--locale=C"];
  const collation = ["--locale-provider=icu", "--icu-locale=en-US"];
  const made = Bun.spawnSync([
    ...initdb,
    ...options,
    ...collation,
    "--auth=password",
    `--pwfile=${passwordFile}`,
  ]);
  if (made.exitCode === 0) return;
  rmSync(data, { recursive: true, force: true });
  throw new Error(`initdb failed: ${made.stderr.toString()}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

async function reached(admin: SQL, folder: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await admin`select 1`;
      return;
    } catch (error) {
      if (attempt >= 200) {
        const log = await Bun.file(join(folder, "log")).text();
        throw new Error(`PostgreSQL does not start: ${log}`, { cause: error });
      }
      await Bun.sleep(25);
    }
  }
}
